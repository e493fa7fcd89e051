'use strict'

const { DIALLED, OPENSSLS, TLS } = require('./way')

/** More than a client of some APIs has; one that visits more begins anew. */
const MOST_KNOWN = 256

/**
 * Where a request goes.
 * @typedef {object} Route
 * @property {number} number under which the engine knows it
 * @property {string} text under which that number is kept
 * @property {string | null} name by which its agent lists it, once it was asked for
 */

/**
 * The routes that were found for requests of one scheme. To work one out from a request's options costs as much as all else that
 * an agent of ours does for it, and hardly any request differs from the one before.
 */
class Routes {
  /** @type {readonly string[]} */ #deciding
  /** By host and port, as they were given. @type {Map<string, { values: unknown[], servername: unknown, route: Route }>} */ #known = new Map()

  /** @param {boolean} isSecure */
  constructor (isSecure) {
    this.#deciding = decidingOf(isSecure)
  }

  /**
   * @param {import('./asked').AskedType} asked
   * @returns {Route | undefined} of a request whose options were the same
   */
  get (asked) {
    const known = this.#known.get(placeOf(asked))
    if (known === undefined) return undefined
    const { values, route } = known
    const deciding = this.#deciding
    for (let i = 0; i < deciding.length; i++) {
      if (asked.of(/** @type {string} */ (deciding[i])) !== values[i]) return undefined
    }
    return asked.servername === known.servername ? route : undefined
  }

  /**
   * @param {import('./asked').AskedType} asked
   * @param {Route} route
   */
  keep (asked, route) {
    const place = placeOf(asked)
    if (place === '') return
    const { servername } = asked
    const values = this.#deciding.map(name => asked.of(name))
    // What can be changed in place looks the same when it says something else.
    if (values.some(value => typeof value === 'object' && value !== null)) return
    if (this.#known.size >= MOST_KNOWN) this.#known.clear()
    this.#known.set(place, { values, servername, route })
  }

  clear () {
    this.#known.clear()
  }
}

/**
 * Beside host and port, all options by which a request goes elsewhere than another, or is listed under another name.
 * @param {boolean} isSecure
 */
function decidingOf (isSecure) {
  return isSecure ? [...DIALLED, ...TLS, ...OPENSSLS] : DIALLED
}

/**
 * Host and port as they were given; empty where either is left out, or is no text.
 * @param {import('./asked').AskedType} asked
 */
function placeOf (asked) {
  const host = asked.of('host')
  const port = asked.of('port')
  return typeof host === 'string' && (typeof port === 'number' || typeof port === 'string') ? `${host}\n${port}` : ''
}

module.exports = { Routes, decidingOf }
