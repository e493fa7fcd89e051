'use strict'

const { NumberedOrigins, Numbers } = require('../numbered-origins')
const tls = require('../tls')
const { PooledHttpAgent, PooledHttpsAgent } = require('./agent')
const { agentFor } = require('./choice')

/** The ring's, so that no two pools of one ring name the same. */
const numbers = new Numbers()

/**
 * The two agents of a pool and the origins that they have asked for.
 */
class Agents {
  /** @type {import('../native').RingType} */ #ring
  /** @type {number} */ #pool
  /** @type {(host: string, port: number) => number} */ #sectionOf
  /** @type {NumberedOrigins<number>} */ #origins
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
    this.#origins = new NumberedOrigins(numbers, number => ring.forgetRaw(number))
    const source = {
      config,
      ring,
      rawOrigin: this.#rawOrigin.bind(this),
      closeIdle: (/** @type {number} */ origin) => ring.closeRaw(origin),
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
    return this.#origins.add(text, number => {
      this.#ring.nameRaw(number, this.#pool, this.#sectionOf(host, port), text)
      return number
    })
  }

  /** What is in flight fails, what is parked ends, what comes is refused. */
  destroy () {
    this.#destroyed = true
    this.#origins.clear()
    for (const agent of [this.http, this.https]) {
      for (const sockets of Object.values(agent.freeSockets)) for (const socket of /** @type {any[]} */ (sockets)) socket.destroy()
    }
  }
}

module.exports = { Agents }
