'use strict'

const { badInput } = require('./errors')
const { Submission } = require('./ring/records')
const tls = require('./tls')
const { parts } = require('./url')

/**
 * An origin as the engine knows it.
 * @typedef {object} KnownOrigin
 * @property {number} number
 * @property {string | null} authorization that the URL's userinfo stands for
 */

/** Numbers are the ring's, so that no two pools of one ring name the same. */
let nextNumber = 0
/** @type {number[]} */
const freeNumbers = []

/**
 * The origins that a pool has been asked for, each with the number under which the engine knows it. The least
 * recently added goes first when there are too many: an application that visits millions keeps a thousand.
 */
class Origins {
  /** @type {Map<string, KnownOrigin>} */ #known = new Map()
  /** The last one asked for, since the next is mostly the same. */
  #lastText = ''
  /** @type {KnownOrigin | null} */ #last = null

  /**
   * @param {import('./ring/submissions').Submissions} submissions
   * @param {number} pool
   * @param {(host: string, port: number) => number} sectionOf under which of the pool's sections an origin is
   */
  constructor (submissions, pool, sectionOf) {
    this.submissions = submissions
    this.pool = pool
    this.sectionOf = sectionOf
  }

  /**
   * @param {string} text `scheme://host:port`, as in the URL
   * @returns {KnownOrigin}
   */
  get (text) {
    if (text === this.#lastText && this.#last !== null) return this.#last
    const known = this.#known.get(text) ?? this.#add(text)
    this.#lastText = text
    this.#last = known
    return known
  }

  /** @param {string} text */
  #add (text) {
    const { scheme, host, port, userinfo } = parts(text)
    if (host === '') throw badInput(TypeError, 'ERR_INVALID_URL', 'url must name a host')
    if (scheme === 'https') tls.ensureRoots()
    if (this.#known.size >= MOST_ORIGINS) this.#forgetOldest()
    const number = freeNumbers.pop() ?? nextNumber++
    this.submissions.origin(number, this.pool, `${scheme}\n${host}\n${port}`, this.sectionOf(host, port))
    const authorization = userinfo === null ? null : `Basic ${Buffer.from(userinfo).toString('base64')}`
    const known = { number, authorization }
    this.#known.set(text, known)
    return known
  }

  #forgetOldest () {
    const [oldest] = this.#known.entries()
    if (oldest === undefined) return
    const [text, { number }] = oldest
    this.#known.delete(text)
    this.#forget(number)
  }

  /** @param {number} number */
  #forget (number) {
    this.submissions.note(Submission.FORGET, number)
    freeNumbers.push(number)
  }

  /** The pool is destroyed. */
  clear () {
    for (const { number } of this.#known.values()) this.#forget(number)
    this.#known.clear()
    this.#last = null
    this.#lastText = ''
  }
}

const MOST_ORIGINS = 1000

module.exports = { Origins }
