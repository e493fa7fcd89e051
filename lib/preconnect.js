'use strict'

const { INSIDE } = require('./inside')
const { PoolError, badInput, shown } = require('./errors')
const { split } = require('./url')

/** Waits for connections that are opened ahead. */
class Preconnect {
  #resolve
  #reject

  /**
   * @param {() => void} resolve
   * @param {(error: Error) => void} reject
   */
  constructor (resolve, reject) {
    this.#resolve = resolve
    this.#reject = reject
  }

  onClosed () {
    this.#resolve()
  }

  /** @param {import('./errors').Failure} failure */
  onFail (failure) {
    this.#reject(new PoolError(failure))
  }
}

/**
 * @param {unknown} count
 * @param {number} most
 * @returns {asserts count is number}
 */
function check (count, most) {
  if (typeof count !== 'number') throw badInput(TypeError, 'ERR_INVALID_ARG_TYPE', `n must be an integer between 1 and ${most}; received ${shown(count)}`)
  if (most === 0) throw badInput(RangeError, 'ERR_OUT_OF_RANGE', `n must be left alone where maxFreeSockets is 0, which closes a connection as soon as it is idle; received ${count}`)
  if (Number.isInteger(count) && count >= 1 && count <= most) return
  throw badInput(RangeError, 'ERR_OUT_OF_RANGE', `n must be an integer between 1 and ${most}, which maxSockets and maxSocketsPerHost allow; received ${count}`)
}

/**
 * Has the engine open connections to an origin.
 * @param {import('./pool').ConnectionPoolManager} pool
 * @param {string | URL} origin
 * @param {unknown} count how many are to be open
 * @param {(origin: string) => any} configOf the options that hold for an origin
 * @returns {Promise<void>}
 */
async function preconnect (pool, origin, count, configOf) {
  const place = split(origin).origin
  const { maxSockets, maxSocketsPerHost, maxFreeSockets } = configOf(place)
  check(count, maxFreeSockets === 0 ? 0 : Math.min(maxSockets, maxSocketsPerHost))
  const { number } = pool.originOf(place)
  // Node's agents open nothing ahead.
  const { bypass, ring: { handles, submissions } } = pool[INSIDE]
  if (bypass !== null) return
  await new Promise((resolve, reject) => {
    submissions.preconnect(handles.open(/** @type {any} */ (new Preconnect(() => resolve(undefined), reject))), number, count)
  })
}

module.exports = { preconnect }
