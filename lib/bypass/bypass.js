'use strict'

const http = require('node:http')
const https = require('node:https')
const { agentFor } = require('../agent/choice')
const { Carrier } = require('./carrier')

let warned = false

/**
 * What stands in for the engine under `RAG_POOL_BYPASS=1`: Node's own agents, with the pool's limits and trust as far as
 * they have them. The engine still reads the options and keeps the counts.
 */
class Bypass {
  /** @type {any} */ #config
  /** @type {{ trackRequest (ms: number): void, trackError (error: unknown, type?: string): void }} */ #counts

  /**
   * @param {any} config the pool's options
   * @param {{ trackRequest (ms: number): void, trackError (error: unknown, type?: string): void }} counts
   */
  constructor (config, counts) {
    this.#config = config
    this.#counts = counts
    const { keepAlive, keepAliveMsecs, maxSockets, maxSocketsPerHost, maxFreeSockets, scheduling, family, localAddress } = config
    const common = { keepAlive, keepAliveMsecs, maxSockets: maxSocketsPerHost, maxTotalSockets: maxSockets, maxFreeSockets, scheduling, ...(family ? { family } : {}), ...(localAddress ? { localAddress } : {}) }
    this.http = new http.Agent(common)
    this.https = new https.Agent({ ...common, ...config.tls })
    if (warned) return
    warned = true
    process.emitWarning('RAG_POOL_BYPASS=1: requests go through the agents of Node and not through the pool', { type: 'RagPoolWarning', code: 'RAG_POOL_BYPASS' })
  }

  /**
   * @param {import('./carrier').Crossing} crossing
   * @param {import('../exchange').Exchange} exchange
   * @returns {{ carrier: Carrier, start: () => void }}
   */
  carry (crossing, exchange) {
    const carrier = new Carrier(this.#config, (error, ms) => {
      if (error === null) this.#counts.trackRequest(ms)
      else this.#counts.trackError(error, String(error.code).endsWith('_TIMEOUT') ? 'timeout' : 'error')
    })
    exchange.submissions = /** @type {any} */ (carrier.submissions)
    const agent = crossing.origin.startsWith('https:') ? this.https : this.http
    return { carrier, start: () => carrier.start(exchange, crossing, agent) }
  }

  /**
   * @param {unknown} url
   * @throws {TypeError} when it is no http: or https: URL
   */
  forUrl (url) {
    return agentFor(url, this)
  }

  destroy () {
    this.http.destroy()
    this.https.destroy()
  }
}

module.exports = { Bypass }
