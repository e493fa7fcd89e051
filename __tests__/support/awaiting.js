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
 * Waits until a condition holds. One that never does is an error, before the test's own time-out: a loop that outlived
 * its test would keep Jest from ending.
 * @template T
 * @param {() => T | Promise<T>} condition
 * @returns {Promise<NonNullable<T>>}
 */
async function until (condition) {
  const end = Date.now() + PATIENCE_MS
  while (Date.now() < end) {
    const value = await condition()
    if (value) return value
    await new Promise(resolve => setTimeout(resolve, 2))
  }
  throw new Error(`never came to hold: ${condition}`)
}

const PATIENCE_MS = 15_000

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
