'use strict'

const { badInput } = require('./errors')
const { NumberedOrigins, Numbers } = require('./numbered-origins')
const { Submission } = require('./ring/records')
const tls = require('./tls')
const { parts } = require('./url')

/**
 * An origin as the engine knows it.
 * @typedef {object} KnownOrigin
 * @property {number} number
 * @property {string | null} authorization that the URL's userinfo stands for
 * @property {number} user who is asked when a connection is made; 0: nobody
 */

/** The ring's, so that no two pools of one ring name the same. */
const numbers = new Numbers()

/**
 * The origins that a pool has been asked for, each with the number under which the engine knows it.
 */
class Origins {
  /** @type {NumberedOrigins<KnownOrigin>} */ #known
  /** The last one asked for, since the next is mostly the same. */
  #lastText = ''
  /** @type {KnownOrigin | null} */ #last = null

  /**
   * @param {import('./ring/submissions').Submissions} submissions
   * @param {number} pool
   * @param {(host: string, port: number) => number} sectionOf under which of the pool's sections an origin is
   * @param {import('./proxy/proxies').Proxies} proxies
   * @param {import('./consulted').Consulted} consulted
   */
  constructor (submissions, pool, sectionOf, proxies, consulted) {
    this.submissions = submissions
    this.#known = new NumberedOrigins(numbers, number => submissions.note(Submission.FORGET, number))
    this.pool = pool
    this.sectionOf = sectionOf
    this.proxies = proxies
    this.consulted = consulted
  }

  /**
   * @param {string} text `scheme://host:port`, as in the URL
   * @returns {KnownOrigin}
   */
  get (text) {
    const known = text === this.#lastText && this.#last !== null ? this.#last : this.#known.get(text) ?? this.#add(text)
    this.#lastText = text
    this.#last = known
    if (known.user !== 0) this.consulted.follow(known.user)
    return known
  }

  /** @param {string} text */
  #add (text) {
    const { scheme, host, port, userinfo } = parts(text)
    if (host === '') throw badInput(TypeError, 'ERR_INVALID_URL', 'url must name a host')
    if (scheme === 'https') tls.ensureRoots()
    const authorization = userinfo === null ? null : `Basic ${Buffer.from(userinfo).toString('base64')}`
    return this.#known.add(text, number => {
      const section = this.sectionOf(host, port)
      const proxy = this.proxies.of(scheme, host, port, section)
      this.submissions.origin(number, this.pool, `${scheme}\n${host}\n${port}${proxy === 0 ? '' : `\n${proxy}`}`, section)
      return { number, authorization, user: this.consulted.of(section) }
    })
  }

  /** The pool is destroyed. */
  clear () {
    this.#known.clear()
    this.#last = null
    this.#lastText = ''
  }
}

module.exports = { Origins }
