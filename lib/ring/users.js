'use strict'

const { AsyncResource } = require('node:async_hooks')
const { badInput, shown } = require('../errors')
const { setImmediate } = require('../event-loop')

/** Kinds of questions, as in `src/binding/consult.rs`. */
const LOOK_UP = 1
const COME_ROUND = 3

/** Errors of users' own that are kept for the failure that will tell of them. */
const MOST_THROWN = 256

/**
 * Functions of a user's own, in Node's shapes.
 * @typedef {object} Functions
 * @property {Function} [lookup]
 * @property {Function} [checkServerIdentity]
 */

/** Who is asked while connections are made: the `lookup` and `checkServerIdentity` of requests. */
class Users {
  /** @type {Map<number, { functions: Functions, resource: AsyncResource }>} */ #all = new Map()
  /** @type {Map<number, unknown>} */ #thrown = new Map()
  /** @type {(question: number, answer: string) => void} */ #answer
  #next = 1
  #nextThrown = 0

  /** @param {(question: number, answer: string) => void} answer tells the engine, in JSON */
  constructor (answer) {
    this.#answer = answer
  }

  /**
   * @param {Functions} functions
   * @returns {number} their number
   */
  add (functions) {
    const number = this.#next++
    this.#all.set(number, { functions, resource: new AsyncResource('RAG_POOL_USER') })
    return number
  }

  /**
   * From now on they run in the caller's async context: his request may bring the dial about.
   * @param {number} number
   */
  follow (number) {
    const user = this.#all.get(number)
    if (user !== undefined) user.resource = new AsyncResource('RAG_POOL_USER')
  }

  /** @param {number} number */
  forget (number) {
    this.#all.delete(number)
  }

  /**
   * The engine asks.
   * @param {number} question
   * @param {number} number whom
   * @param {number} kind
   * @param {string} text
   */
  asked (question, number, kind, text) {
    const user = this.#all.get(number)
    const done = (/** @type {unknown} */ error, /** @type {object} */ answer = {}) =>
      this.#answer(question, JSON.stringify(error === undefined || error === null ? answer : this.#fault(error)))
    if (kind === COME_ROUND) return void setImmediate(done)
    if (user === undefined) return done(new Error('the request is gone'))
    user.resource.runInAsyncScope(() => {
      try {
        if (kind === LOOK_UP) lookUp(/** @type {Function} */ (user.functions.lookup), JSON.parse(text), done)
        else done(verdict(/** @type {Function} */ (user.functions.checkServerIdentity), JSON.parse(text)))
      } catch (error) {
        done(error ?? new Error('nothing was thrown'))
      }
    })
  }

  /** @param {any} error */
  #fault (error) {
    const thrown = this.#nextThrown++
    if (this.#thrown.size >= MOST_THROWN) this.#thrown.delete(/** @type {number} */ (this.#thrown.keys().next().value))
    this.#thrown.set(thrown, error)
    const code = typeof error.code === 'string' ? error.code : undefined
    return { code, message: wordsOf(error), thrown }
  }

  /**
   * The very error that a user gave.
   * @param {number} thrown its number
   * @returns {any} undefined: it was too long ago
   */
  takeThrown (thrown) {
    const error = this.#thrown.get(thrown)
    this.#thrown.delete(thrown)
    return error
  }
}

/**
 * As net.connect asks, once: for all addresses, unless one family is wanted.
 * @param {Function} lookup
 * @param {{ host: string, family: number }} question
 * @param {(error: unknown, answer?: object) => void} done
 */
function lookUp (lookup, { host, family }, done) {
  // Loaded when wanted, as below: few have a lookup of their own.
  const { isIP } = require('node:net')
  const all = family !== 4 && family !== 6
  const hints = all && process.platform !== 'win32' ? require('node:dns').ADDRCONFIG : 0
  let isDone = false
  lookup(host, all ? { family: undefined, hints, all } : { family, hints }, (/** @type {any} */ error, /** @type {any} */ found) => {
    if (isDone) return
    isDone = true
    if (error) return done(error)
    const given = (Array.isArray(found) ? found : [{ address: found }]).map(one => one?.address)
    const addresses = given.filter(address => isIP(address) !== 0)
    if (addresses.length === 0) return done(badInput(TypeError, 'ERR_INVALID_IP_ADDRESS', `Invalid IP address: ${given.length === 0 ? shown(found) : given[0]}`))
    done(undefined, { addresses })
  })
}

/**
 * @param {Function} check
 * @param {{ host: string, chain: string[] }} question
 * @returns {unknown} what is wrong; undefined: nothing
 */
function verdict (check, { host, chain }) {
  return check(host, require('../certificates').peerCertificate(chain, true))
}

/** @param {any} error whatever was thrown */
function wordsOf (error) {
  try {
    return String(error.message ?? error)
  } catch {
    return 'what was given has no words'
  }
}

module.exports = { Users }
