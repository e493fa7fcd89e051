'use strict'

const { DIALLED, NODES, OPENSSLS, TLS } = require('./way')

/** More than a client of some APIs has; one that visits more begins anew. */
const MOST_KNOWN = 256

/**
 * Where a request goes.
 * @typedef {object} Route
 * @property {number} number under which the engine knows it
 * @property {{ isForgotten: boolean, user: number }} destination that the number is of
 * @property {string | null} name by which its agent lists it, once it was asked for
 */

/**
 * @typedef {object} Known
 * @property {unknown} host
 * @property {unknown} port
 * @property {unknown[]} values of all deciding options
 * @property {boolean} isPlain nothing else decides, and none of them says anything
 * @property {unknown} servername
 * @property {Route} route
 */

/**
 * The routes that were found for requests of one scheme. To work one out from a request's options costs as much as all else that
 * an agent of ours does for it, and hardly any request differs from the one before.
 */
class Routes {
  /** @type {boolean} */ #isSecure
  /** @type {readonly string[]} */ #deciding
  /** By host and port, as they were given. @type {Map<string, Known>} */ #known = new Map()
  /** That of the request before, which most are like. @type {Known | null} */ #last = null

  /** @param {boolean} isSecure */
  constructor (isSecure) {
    this.#isSecure = isSecure
    this.#deciding = decidingOf(isSecure)
  }

  /**
   * @param {import('./asked').AskedType} asked
   * @returns {Route | undefined} of a request whose options were the same
   */
  get (asked) {
    const known = this.#at(asked.host, asked.port)
    if (known === undefined) return undefined
    const { values, route, isPlain } = known
    if (isPlain && asked.isPlain) return route
    const deciding = this.#deciding
    for (let i = 0; i < deciding.length; i++) {
      if (asked.of(/** @type {string} */ (deciding[i])) !== values[i]) return undefined
    }
    return !this.#isSecure || asked.servername === known.servername ? route : undefined
  }

  /**
   * @param {unknown} host
   * @param {unknown} port
   */
  #at (host, port) {
    const last = this.#last
    if (last !== null && last.host === host && last.port === port) return last
    const known = this.#known.get(placeOf(host, port))
    this.#last = known ?? last
    return known
  }

  /**
   * @param {import('./asked').AskedType} asked
   * @param {Route} route
   */
  keep (asked, route) {
    const { host, port } = asked
    const place = placeOf(host, port)
    if (place === '') return
    const servername = this.#isSecure ? asked.servername : undefined
    const values = this.#deciding.map(name => asked.of(name))
    // What can be changed in place looks the same when it says something else.
    if (values.some(value => typeof value === 'object' && value !== null)) return
    if (this.#known.size >= MOST_KNOWN) this.clear()
    this.#last = { host, port, values, isPlain: !this.#isSecure && asked.isPlain, servername, route }
    this.#known.set(place, this.#last)
  }

  clear () {
    this.#known.clear()
    this.#last = null
  }
}

/**
 * Beside host and port, all options by which a request goes elsewhere than another, or is listed under another name.
 * @param {boolean} isSecure
 */
function decidingOf (isSecure) {
  return isSecure ? [...DIALLED, ...NODES, ...TLS, ...OPENSSLS] : [...DIALLED, ...NODES]
}

/**
 * Host and port as they were given; empty where either is left out, or is no text.
 * @param {unknown} host
 * @param {unknown} port
 */
function placeOf (host, port) {
  return typeof host === 'string' && (typeof port === 'number' || typeof port === 'string') ? `${host}\n${port}` : ''
}

module.exports = { Routes, decidingOf }
