'use strict'

/**
 * What a promise is rejected with; a promise that resolves is a failure.
 * @param {Promise<any>} promise
 * @returns {Promise<any>}
 */
async function rejection (promise) {
  let value
  try {
    value = await promise
  } catch (error) {
    return error
  }
  throw new Error(`expected a rejection; resolved with ${value?.statusCode ?? String(value)}`)
}

/**
 * Waits until a condition holds. A condition that never does is the test's own time-out.
 * @template T
 * @param {() => T | Promise<T>} condition
 * @returns {Promise<NonNullable<T>>}
 */
async function until (condition) {
  for (;;) {
    const value = await condition()
    if (value) return value
    await new Promise(resolve => setTimeout(resolve, 2))
  }
}

/**
 * Waits until a value has come to rest: it outlives so many turns of something that would move it along.
 * @param {() => unknown} value
 * @param {() => Promise<unknown>} turn
 * @param {number} [turns]
 */
async function settled (value, turn, turns = 50) {
  let before = value()
  for (let rested = 0; rested < turns; rested++) {
    await turn()
    const now = value()
    if (now !== before) rested = 0
    before = now
  }
}

/** A promise and the functions that settle it. */
function deferred () {
  let resolve, reject
  const promise = new Promise((_resolve, _reject) => {
    resolve = _resolve
    reject = _reject
  })
  return { promise, resolve, reject }
}

module.exports = { rejection, until, settled, deferred }
