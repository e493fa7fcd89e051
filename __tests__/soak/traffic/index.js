'use strict'

const agents = require('./agents')
const { Call } = require('../calls')
const fetch = require('./fetch')
const request = require('./request')
const { LONGEST_DIAL_MS } = require('../roster')

/**
 * One way of using the pool.
 * @typedef {object} Kind
 * @property {string} name
 * @property {number} share how often beside the others
 * @property {'origins' | 'faulty' | 'closing'} where of the stage's servers
 * @property {boolean} [isUnsafe] whether it may fail because its connection just closed
 * @property {boolean} [isLeft] whether its reply is given up unread
 * @property {(scene: Scene) => Promise<void>} play ends with the request; throws its error, or `Wrong`
 */

/**
 * @typedef {object} Scene
 * @property {import('../../..').ConnectionPoolManager} pool
 * @property {import('../dice').Dice} dice
 * @property {Call} call
 * @property {string} origin
 * @property {string} fault a path of the fault server
 * @property {AbortSignal | undefined} signal
 */

/** @type {Kind[]} */
const KINDS = [...request.kinds, ...fetch.kinds, ...agents.kinds]
const SHARES = KINDS.flatMap(kind => Array(kind.share).fill(kind))

const WELL_MS = 30_000
/** With more in flight, a request waits in the queue of a small pool for so many more before it. */
const WELL_IN_FLIGHT = 500
const FAULTY_MS = /** @type {const} */ ([300, 3000])
/**
 * Node closes a request of an agent that is destroyed in the queue when its turn comes, and a pool's agents do as Node's: it waits
 * for those before it, the longest of whom gives up with its dial, and then for a dial of its own.
 */
const TURN_MS = 2 * LONGEST_DIAL_MS
const ABORTED = 0.15
const ABORT_WITHIN_MS = 400

/** What a request that meets no fault may take. @param {number} inFlight */
const patienceMs = inFlight => WELL_MS * Math.max(1, inFlight / WELL_IN_FLIGHT)

/**
 * Begins a request of some kind.
 * @param {import('../calls').Calls} calls
 * @param {import('../dice').Dice} dice
 * @param {import('../stage').Stage} stage
 * @param {import('../roster').KeptType} kept
 * @param {number} wellMs what it may take where it meets no fault
 */
function begin (calls, dice, stage, kept, wellMs) {
  const kind = /** @type {Kind} */ (dice.pick(SHARES))
  const isFaulty = kind.where === 'faulty'
  const [place, origin] = dice.pick(Object.entries(stage[kind.where]))
  const fault = dice.pick(stage.faults)
  const call = new Call(`${kind.name} ${place}${isFaulty ? ` ${fault}` : ''}`, isFaulty ? dice.between(...FAULTY_MS) : wellMs, kept)
  call.turnMs = kind.name.startsWith('agent') ? TURN_MS : 0
  call.isFaulty = isFaulty
  call.isLeft = kind.isLeft === true
  call.isUnsafe = kind.isUnsafe === true
  const signal = dice.chance(ABORTED) ? call.abortAfter(dice.roll() ** 2 * ABORT_WITHIN_MS) : undefined
  return calls.follow(call, () => kind.play({ pool: kept.pool, dice, call, origin, fault, signal }))
}

module.exports = { begin, patienceMs }
