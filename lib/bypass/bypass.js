'use strict'

const { isDictionary, membersOf } = require('../fetch/init')
const { configsOf } = require('../host-pools')
const { destroyed } = require('../refusals')
const { parts } = require('../url')
const { Carrier } = require('./carrier')
const { close, nodeAgents } = require('./node-agents')

/** What decides to whom a connection is made, and of which the platform's fetch knows nothing. */
const WAYS = ['tls', 'localAddress', 'family', 'lookup', 'socketPath']

let warned = false

/**
 * Node's agents for some hosts, and the options that these have.
 * @typedef {ReturnType<typeof nodeAgents> & { config: any }} Way
 */

/**
 * What it tells of the requests that it has carried.
 * @typedef {object} Counts
 * @property {(ms: number) => void} request
 * @property {(isTimeout: boolean) => void} error
 */

/**
 * What stands in for the engine under `RAG_POOL_BYPASS=1`: Node's own agents, with the pool's limits and trust as far as
 * they have them. The engine still reads the options and keeps the counts. Hosts with options of their own have agents of
 * their own, each pair of which counts `maxSockets` for itself; the agents that the pool gives away have the pool's options.
 */
class Bypass {
  /** @type {Counts} */ #counts
  /** @type {(host: string, port: number) => number} */ #sectionOf
  /** By the place of their section, as `sectionOf` has it. @type {Map<number, Way>} */ #ways = new Map()
  /** @type {any[]} */ #configs
  /** @type {Set<Carrier>} */ #carriers = new Set()
  #gone = new AbortController()

  /**
   * @param {any} config the pool's options
   * @param {(host: string, port: number) => number} sectionOf under which of the pool's sections an origin is
   * @param {Counts} counts
   */
  constructor (config, sectionOf, counts) {
    this.#counts = counts
    this.#sectionOf = sectionOf
    this.#configs = configsOf(config)
    /**
     * Whether the platform's fetch reaches whom the pool would. Where it does not, calls are carried by Node's agents as
     * requests are; in all cases, since a redirect may lead to any host.
     */
    this.suitsPlatform = this.#configs.every(own => WAYS.every(name => own[name] === undefined || own[name] === 0))
    const { http, https } = this.#way(0)
    this.http = http
    this.https = https
    if (warned) return
    warned = true
    process.emitWarning('RAG_POOL_BYPASS=1: requests go through the agents of Node and not through the pool', { type: 'RagPoolWarning', code: 'RAG_POOL_BYPASS' })
  }

  /**
   * @param {number} section
   * @returns {Way}
   */
  #way (section) {
    const known = this.#ways.get(section)
    if (known !== undefined) return known
    const config = this.#configs[section]
    const way = { config, ...nodeAgents(config) }
    this.#ways.set(section, way)
    return way
  }

  /**
   * @param {import('./carrier').Crossing} crossing
   * @param {import('../exchange').Exchange} exchange
   * @returns {{ carrier: Carrier, start: () => void }}
   */
  carry (crossing, exchange) {
    const { scheme, host, port } = parts(crossing.origin)
    const way = this.#way(this.#sectionOf(host, port))
    const carrier = new Carrier(way.config, crossing, (error, ms) => {
      this.#carriers.delete(carrier)
      if (error === undefined) this.#counts.request(ms)
      else if (error !== null) this.#counts.error(String(error.code).endsWith('_TIMEOUT'))
    })
    exchange.submissions = /** @type {any} */ (carrier.submissions)
    const start = () => {
      this.#carriers.add(carrier)
      carrier.start(exchange, scheme === 'https' ? way.https : way.http)
    }
    return { carrier, start }
  }

  /**
   * The platform's fetch, until the pool is destroyed.
   * @param {typeof globalThis.fetch} fetch
   * @param {any} input
   * @param {any} init
   */
  async fetch (fetch, input, init) {
    if (!isDictionary(init)) return fetch(input, init)
    const { dispatcher, signal: given } = init ?? {}
    const own = given === undefined ? input?.signal : given
    // Refused by the platform.
    if (own !== undefined && own !== null && !(own instanceof AbortSignal)) return fetch(input, init)
    const signal = AbortSignal.any([this.#gone.signal, ...own === undefined || own === null ? [] : [own]])
    try {
      return await fetch(input, { ...membersOf(init), ...dispatcher !== undefined && { dispatcher }, signal })
    } catch (error) {
      if (error !== this.#gone.signal.reason) throw error
      throw new TypeError('fetch failed', { cause: error })
    }
  }

  /**
   * Closes every idle connection.
   * @returns {number} how many those were
   */
  closeIdle () {
    const agents = [...this.#ways.values()].flatMap(({ http, https }) => [http, https])
    const idle = agents.flatMap(agent => Object.values(agent.freeSockets).flat())
    for (const socket of idle) /** @type {import('node:net').Socket} */ (socket).destroy()
    return idle.length
  }

  /**
   * What is in flight or waits fails, what comes is refused.
   * @param {boolean} isDrained all has its reply, and bodies of the platform's fetch may still be read
   */
  destroy (isDrained) {
    if (!isDrained) this.#gone.abort(destroyed())
    for (const carrier of this.#carriers) carrier.fail(destroyed())
    for (const { http, https } of this.#ways.values()) for (const agent of [http, https]) close(agent, destroyed)
  }
}

module.exports = { Bypass }
