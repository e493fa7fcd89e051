'use strict'

// Plays one scenario under one kind of agent and gives its transcript.

const { AsyncLocalStorage } = require('node:async_hooks')
const http = require('node:http')
const https = require('node:https')
const path = require('node:path')
const { scriptedServer, waitFor } = require('./scripted-server')
const { Transcript } = require('./transcript')

/**
 * @typedef {'node' | 'pool'} Kind
 * @typedef {object} Scenario
 * @property {string} name
 * @property {(stage: Stage) => Promise<void>} play
 * @property {{ maxSockets?: number, maxFreeSockets?: number, keepAlive?: boolean, timeout?: number, scheduling?: 'lifo' | 'fifo' }} [agent]
 * @property {{ maxSockets?: number }} [nodes] what Node's agent is given otherwise
 * @property {boolean | object} [tls] over TLS; an object has options for the server
 * @property {object} [trust] the agent's own TLS options; the authority of the server, unless given
 * @typedef {{ ca: string, key: string, cert: string }} Identity
 * @typedef {{ client: string[], server: string[] }} Told
 */

const LIMITS = { maxSockets: 10, maxFreeSockets: 10, keepAlive: true, keepAliveMsecs: 1000, scheduling: 'lifo', timeout: 30_000 }

const storage = new AsyncLocalStorage()

/** What a scenario has in its hands. */
class Stage {
  /**
   * @param {Scenario} scenario
   * @param {any} server
   * @param {any} agent
   * @param {() => number} idle how many connections are idle
   */
  constructor (scenario, server, agent, idle) {
    this.scenario = scenario
    this.server = server
    this.agent = agent
    this.idle = idle
    this.log = new Transcript(agent, storage)
    this.log.watchAgent()
  }

  /**
   * Makes a request, in a store of its name, and listens to it. It is not ended.
   * @param {string} name
   * @param {any} [options]
   * @param {{ read?: boolean, unheard?: string[] }} [watching]
   * @returns {http.ClientRequest}
   */
  open (name, options = {}, watching = {}) {
    const { request } = this.scenario.tls ? https : http
    return storage.run(name, () => {
      const host = this.scenario.tls ? 'localhost' : '127.0.0.1'
      // A header of the port would be of another length for each.
      const req = request({ host, port: this.server.port, agent: this.agent, setHost: false, ...options })
      this.log.watch(name, req, watching)
      return req
    })
  }

  /**
   * Makes a request and ends it.
   * @param {string} name
   * @param {any} [options]
   * @param {{ read?: boolean, unheard?: string[], body?: string | Buffer }} [watching]
   */
  send (name, options = {}, { body, ...watching } = {}) {
    const req = this.open(name, options, watching)
    storage.run(name, () => req.end(body))
    return req
  }

  /** @param {string} name @param {...unknown} facts */
  note (name, ...facts) {
    this.log.tell('note', name, facts)
  }

  /** @param {...string} names each an event, as `r1 close` */
  async seen (...names) {
    await Promise.all(names.map(name => this.log.seen(name)))
  }

  /** A request and its whole reply, in one go. @param {string} name @param {any} [peer] @param {any} [options] */
  async exchange (name, peer, options) {
    const req = this.send(name, options)
    peer ??= await this.server.connection()
    await peer.head()
    await peer.ok()
    await this.seen(`${name} close`)
    return { req, peer }
  }

  /** The connection on which the next request comes: one that is known, or a new one. @param {any} known */
  either (known) {
    const fresh = this.server.connection().then(async peer => { await peer.head(); return peer })
    return Promise.any([known.head().then(() => known), fresh])
  }

  /** Waits for a condition that no event tells of. @param {() => boolean} condition @param {string} what */
  until (condition, what) {
    return waitFor(() => condition() || undefined, what, look => {
      const timer = setInterval(look, 1)
      return () => clearInterval(timer)
    })
  }
}

/**
 * @param {Scenario} scenario
 * @param {Kind} kind
 * @param {Identity} identity
 * @returns {Promise<Told>}
 */
async function play (scenario, kind, identity) {
  const given = scenario.tls === true ? {} : scenario.tls
  const server = await scriptedServer(scenario.tls ? { tls: { key: identity.key, cert: identity.cert, ...given } } : {})
  const trust = scenario.tls ? scenario.trust ?? { ca: identity.ca } : {}
  const { agent, close, idle } = makers[kind]({ ...LIMITS, ...scenario.agent, ...(kind === 'node' && scenario.nodes) }, scenario.tls ? 'https' : 'http', trust)
  const stage = new Stage(scenario, server, agent, idle)
  const onUncaught = error => stage.note('uncaught', error.message)
  process.on('uncaughtException', onUncaught)
  try {
    await scenario.play(stage)
  } catch (error) {
    stage.note('the scenario failed', error.message)
  }
  await ended(stage)
  close()
  await Promise.allSettled(server.peers.map(peer => peer.closed()))
  process.off('uncaughtException', onUncaught)
  // Whether a dial that was given up is accepted is a matter of time.
  const used = server.peers.filter(({ got }) => got !== '')
  const told = { client: unordered(stage.log.lines), server: used.map(({ got, end }, i) => `connection ${i + 1} ${JSON.stringify(got)} ${end}`) }
  await server.close()
  return normal(told, server)
}

/** The end: the agent is destroyed, the server lets go, and every socket closes. @param {Stage} stage */
async function ended (stage) {
  stage.agent.destroy()
  stage.note('agent destroyed')
  try {
    stage.server.finish()
    await stage.until(() => stage.log.openSockets.size === 0, 'every socket to be closed')
    // What was told to come in this turn has come.
    await new Promise(resolve => setImmediate(resolve))
  } catch (error) {
    stage.note('the end failed', error.message)
  }
  stage.log.isOver = true
}

/**
 * Sockets that are ended at once close in no order, so that neither the order nor the counts say anything from then on.
 * @param {string[]} lines
 */
function unordered (lines) {
  const end = lines.findIndex(line => line.startsWith('note agent destroyed'))
  return [...lines.slice(0, end + 1), ...lines.slice(end + 1).map(line => line.replace(/ \d+\/\d+\/\d+$/, '')).sort()]
}

/** @type {Record<Kind, (options: any, protocol: 'http' | 'https', trust: any) => { agent: any, close: () => void, idle: () => number }>} */
const makers = {
  node (options, protocol, trust) {
    const agent = protocol === 'https' ? new https.Agent({ ...options, ...trust }) : new http.Agent(options)
    return { agent, close: () => agent.destroy(), idle: () => Object.values(agent.freeSockets).flat().length }
  },
  pool ({ maxSockets, ...options }, protocol, trust) {
    const { ConnectionPoolManager } = require(path.join(__dirname, '..', '..', '..'))
    const pool = new ConnectionPoolManager({ ...options, maxSocketsPerHost: maxSockets, ...(protocol === 'https' ? { tls: trust } : {}) })
    return {
      agent: protocol === 'https' ? pool.getHttpsAgent() : pool.getHttpAgent(),
      close: () => pool.destroy(),
      idle: () => pool.getMetrics().agents[protocol].idle
    }
  }
}

/** Ports, and the threads that OpenSSL names, differ from run to run. @param {Told} told @param {any} server @returns {Told} */
function normal (told, server) {
  const ports = new RegExp(`\\b${server.port}\\b`, 'g')
  const without = lines => lines.map(line => line.replace(ports, '<port>').replace(/\b[0-9A-F]{16}:error:/g, '<thread>:error:'))
  return { client: without(told.client), server: without(told.server) }
}

module.exports = { play, Stage }
