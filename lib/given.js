'use strict'

/**
 * Options that are there: undefined is the same as left out. Inherited ones count, as they do for the engine.
 * @param {Record<string, any>} options
 * @returns {Record<string, any>}
 */
function given (options) {
  const names = []
  for (const name in options) names.push(name)
  // Not by assignment: a file may hold a `__proto__`.
  return Object.fromEntries(names.map(name => [name, options[name]]).filter(([, value]) => value !== undefined))
}

module.exports = { given }
