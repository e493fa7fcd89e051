'use strict'

const { clearTimeout, setTimeout } = require('./event-loop')
const { INSIDE } = require('./inside')
const { PoolError, badInput, shown } = require('./errors')
const { split } = require('./url')

/** How long a process is held open for dials that nothing else ends. */
const LONGEST_HOLD_MS = 10_000
/** Longer no timer of Node's runs. */
const NO_LIMIT_MS = 2 ** 31 - 1

/**
 * Waits for connections that are opened ahead, and holds the process open meanwhile, as a request does: who awaits them at the
 * top of a program would not come further otherwise. Where `connectTimeout` is 0 a server that says nothing would hold it for
 * ever, though nothing was asked of it; so it is held for a while only,
 * from the order on: what an order waits for before its dials are requests in flight, which hold the process themselves.
 */
class Preconnect {
  #resolve
  #reject
  #hold

  /**
   * @param {() => void} resolve
   * @param {(error: Error) => void} reject
   * @param {number} connectTimeout
   */
  constructor (resolve, reject, connectTimeout) {
    this.#resolve = resolve
    this.#reject = reject
    this.#hold = setTimeout(() => {}, connectTimeout === 0 ? LONGEST_HOLD_MS : NO_LIMIT_MS)
  }

  /** The engine's final record without a failure: as many are open as were ordered. */
  onClosed () {
    clearTimeout(this.#hold)
    this.#resolve()
  }

  /** @param {import('./errors').Failure} failure */
  onFail (failure) {
    clearTimeout(this.#hold)
    this.#reject(new PoolError(failure))
  }
}

/**
 * @param {unknown} count
 * @param {Record<string, any>} options
 * @returns {asserts count is number}
 */
function check (count, { maxSockets, maxSocketsPerHost, maxFreeSockets, freeSocketTimeout }) {
  const most = Math.min(maxSockets, maxSocketsPerHost)
  if (typeof count !== 'number') throw badInput(TypeError, 'ERR_INVALID_ARG_TYPE', `n must be an integer between 1 and ${most}; received ${shown(count)}`)
  for (const [option, value] of Object.entries({ maxFreeSockets, freeSocketTimeout })) {
    if (value === 0) throw badInput(RangeError, 'ERR_OUT_OF_RANGE', `${option} must be at least 1 for preconnect; ${option} is 0, which closes a connection as soon as it is idle`)
  }
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
  const options = configOf(place)
  check(count, options)
  const { bypass, originOf, ring: { handles, submissions } } = pool[INSIDE]
  const { number } = originOf(place)
  // Node's agents open nothing ahead.
  if (bypass !== null) return
  await new Promise((resolve, reject) => {
    submissions.preconnect(handles.open(/** @type {any} */ (new Preconnect(() => resolve(undefined), reject, options.connectTimeout))), number, count)
  })
}

module.exports = { preconnect }
