'use strict'

const tls = require('../tls')
const { PooledHttpAgent, PooledHttpsAgent } = require('./agent')
const { agentFor } = require('./choice')

/** Numbers are the ring's, so that no two pools of one ring name the same. */
let nextNumber = 0
/** @type {number[]} */
const freeNumbers = []
const MOST_ORIGINS = 1000

/**
 * The two agents of a pool and the origins that they have asked for. The least recently added goes first when there are
 * too many.
 */
class Agents {
  /** @type {import('../native').RingType} */ #ring
  /** @type {number} */ #pool
  /** @type {(host: string, port: number) => number} */ #sectionOf
  /** @type {Map<string, number>} */ #origins = new Map()
  #destroyed = false

  /**
   * @param {import('../native').RingType} ring
   * @param {number} pool
   * @param {any} config
   * @param {(host: string, port: number) => number} sectionOf under which of the pool's sections an origin is
   */
  constructor (ring, pool, config, sectionOf) {
    this.#ring = ring
    this.#pool = pool
    this.#sectionOf = sectionOf
    const source = {
      config,
      ring,
      rawOrigin: this.#rawOrigin.bind(this),
      isDestroyed: () => this.#destroyed || ring.isEnded
    }
    this.http = new PooledHttpAgent(source)
    this.https = new PooledHttpsAgent(source)
  }

  /**
   * @param {unknown} url
   * @throws {TypeError} when it is no http: or https: URL
   */
  forUrl (url) {
    return agentFor(url, this)
  }

  /**
   * @param {string} scheme
   * @param {string} host
   * @param {number} port
   * @returns {number}
   */
  #rawOrigin (scheme, host, port) {
    const text = `${scheme}\n${host}\n${port}`
    const known = this.#origins.get(text)
    if (known !== undefined) return known
    if (scheme === 'https') tls.ensureRoots()
    if (this.#origins.size >= MOST_ORIGINS) this.#forgetOldest()
    const number = freeNumbers.pop() ?? nextNumber++
    this.#ring.nameRaw(number, this.#pool, this.#sectionOf(host, port), text)
    this.#origins.set(text, number)
    return number
  }

  #forgetOldest () {
    const [oldest] = this.#origins
    if (oldest !== undefined) this.#forget(...oldest)
  }

  /**
   * @param {string} text
   * @param {number} number
   */
  #forget (text, number) {
    this.#origins.delete(text)
    this.#ring.forgetRaw(number)
    freeNumbers.push(number)
  }

  /** What is in flight fails, what is parked ends, what comes is refused. */
  destroy () {
    this.#destroyed = true
    for (const [text, number] of this.#origins) this.#forget(text, number)
    for (const agent of [this.http, this.https]) {
      for (const sockets of Object.values(agent.freeSockets)) for (const socket of /** @type {any[]} */ (sockets)) socket.destroy()
    }
  }
}

module.exports = { Agents }
