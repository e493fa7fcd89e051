'use strict'

// A pool's fetch as a function of its own, and in place of the global one.

const { chosenPool } = require('../clients/chosen-pool')
const { platformFetch, standsFor } = require('./platform')

/**
 * A fetch whose requests the pool carries.
 * @param {import('../pool').ConnectionPoolManager} [given] the pool; default: the global one
 * @returns {typeof globalThis.fetch}
 */
function createPooledFetch (given) {
  const pool = chosenPool(given)
  return function fetch (/** @type {any} */ input, /** @type {any} */ init = undefined) { return pool.fetch(input, init) }
}

/**
 * What was put in place of the global fetch and stands there still, the latest last. `before` is the property that the
 * first of them found.
 * @type {{ fetch: Function, live: boolean }[]}
 */
const installed = []
/** @type {PropertyDescriptor | undefined} */
let before

/**
 * Puts a pool's fetch in place of `globalThis.fetch`.
 * @param {import('../pool').ConnectionPoolManager} [given] the pool; default: the global one
 * @returns {() => void} the undo; called again it does nothing
 */
function installGlobal (given) {
  const pool = chosenPool(given)
  const platform = platformFetch()
  const own = {
    live: true,
    // Whoever wrapped it in the meantime goes on calling it after the undo, and reaches the platform then.
    fetch: function fetch (/** @type {any} */ input, /** @type {any} */ init = undefined) {
      return own.live ? pool.fetch(input, init) : platform(input, init)
    }
  }
  standsFor(own.fetch, platform)
  if (installed.length === 0) before = Object.getOwnPropertyDescriptor(globalThis, 'fetch')
  installed.push(own)
  Object.defineProperty(globalThis, 'fetch', { value: own.fetch, writable: true, enumerable: before?.enumerable ?? true, configurable: true })
  return () => undo(own)
}

/** @param {{ fetch: Function, live: boolean }} own */
function undo (own) {
  const at = installed.indexOf(own)
  if (at < 0) return
  own.live = false
  const isOnTop = globalThis.fetch === own.fetch
  installed.splice(at, 1)
  // Somebody else's is left where it is: it is not ours to take away.
  if (!isOnTop) return
  const last = installed.at(-1)
  if (last !== undefined) Object.defineProperty(globalThis, 'fetch', { ...(Object.getOwnPropertyDescriptor(globalThis, 'fetch')), value: last.fetch })
  else if (before !== undefined) Object.defineProperty(globalThis, 'fetch', before)
  else Reflect.deleteProperty(globalThis, 'fetch')
}

module.exports = { createPooledFetch, installGlobal }
