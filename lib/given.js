'use strict'

/**
 * Options that are there: undefined is the same as left out. Inherited ones count, as they do for the engine.
 * @param {Record<string, any>} options
 * @returns {Record<string, any>}
 */
function given (options) {
  const names = []
  for (const name in options) if (!isEverybodys(options, name)) names.push(name)
  // Not by assignment: a file may hold a `__proto__`.
  return Object.fromEntries(names.map(name => [name, options[name]]).filter(([, value]) => value !== undefined))
}

/**
 * Whether it is a property of all objects, which somebody has added to their prototype and no one has given.
 * @param {object} options
 * @param {string} name
 */
function isEverybodys (options, name) {
  for (let layer = options; layer !== null; layer = Object.getPrototypeOf(layer)) {
    if (Object.hasOwn(layer, name)) return layer !== options && Object.getPrototypeOf(layer) === null
  }
  return false
}

module.exports = { given }
