'use strict'

// The platform's own fetch, wherever it is: `globalThis.fetch` may have been replaced by one of ours.

/** What each of our functions stands for when it cannot serve. @type {WeakMap<Function, Function>} */
const instead = new WeakMap()

/**
 * @param {Function} fetch of ours
 * @param {Function} platform what it was put in place of
 */
function standsFor (fetch, platform) {
  instead.set(fetch, platform)
}

/** @returns {typeof globalThis.fetch} */
function platformFetch () {
  /** @type {any} */
  let found = globalThis.fetch
  for (let before = instead.get(found); before !== undefined; before = instead.get(found)) found = before
  return found
}

module.exports = { platformFetch, standsFor }
