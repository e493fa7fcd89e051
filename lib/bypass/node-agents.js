'use strict'

const http = require('node:http')
const https = require('node:https')
const { given } = require('../given')
const { forNode, logKeys } = require('../node-tls-options')

/**
 * Agents of Node's own with the limits, times and trust of a pool, as far as they have them. `maxFreeSockets` is one
 * origin's, as Node counts it.
 * @param {any} config the pool's options
 */
function nodeAgents (config) {
  const { keepAlive, maxSockets, maxSocketsPerHost, scheduling, family, localAddress, lookup, socketPath, timeout } = config
  const shared = {
    keepAlive, scheduling, timeout, maxSockets: maxSocketsPerHost, maxTotalSockets: maxSockets, ...given({ family: family || undefined, localAddress, lookup, socketPath })
  }
  // Written out, so that the environment does not turn it off where the pool would verify.
  const trust = { rejectUnauthorized: true, ...forNode({ ...config.tls }) }
  return { http: tuned(new http.Agent(shared), config), https: logKeys(tuned(new https.Agent({ ...shared, ...trust }), config), config.tls) }
}

/**
 * @template {http.Agent} Agent
 * @param {Agent} agent
 * @param {any} config
 * @returns {Agent}
 */
function tuned (agent, { keepAlive, keepAliveMsecs, maxFreeSockets, freeSocketTimeout, keepAliveTimeout, timeout }) {
  const own = /** @type {any} */ (Object.getPrototypeOf(agent))
  return Object.assign(agent, {
    // Node's constructor takes its own default for 0.
    keepAliveMsecs,
    maxFreeSockets,
    /**
     * @param {any} req
     * @param {unknown[]} rest
     */
    addRequest (req, ...rest) {
      // Node keeps connections of an agent without keepAlive as long as its limit is finite.
      if (!keepAlive) req.shouldKeepAlive = false
      return own.addRequest.call(agent, req, ...rest)
    },
    /** @param {any} socket */
    keepSocketAlive (socket) {
      const hint = /^timeout=(\d+)/.exec(String(socket._httpMessage?.res?.headers['keep-alive'] ?? ''))
      const idleMs = hint === null ? freeSocketTimeout : Math.min(Number(hint[1]) * 1000 - MARGIN_MS, keepAliveTimeout)
      if (idleMs <= 0 || !own.keepSocketAlive.call(agent, socket)) return false
      socket.setTimeout(idleMs)
      return true
    },
    /**
     * @param {any} socket
     * @param {any} req
     */
    reuseSocket (socket, req) {
      own.reuseSocket.call(agent, socket, req)
      socket.setTimeout(timeout)
    }
  })
}

/** A server counts from an earlier moment than its client. */
const MARGIN_MS = 1000

/**
 * Ends everything that an agent has and lets nothing begin.
 * @param {any} agent
 * @param {() => Error} refusal
 */
function close (agent, refusal) {
  agent.addRequest = (/** @type {any} */ req) => req.onSocket(null, refusal())
  // Emptied before a socket closes, since Node would open another for the next that waits.
  for (const [name, waiting] of Object.entries(agent.requests)) {
    delete agent.requests[name]
    for (const req of waiting) req.onSocket(null, refusal())
  }
  for (const socket of Object.values(agent.sockets).flat()) {
    const req = socket._httpMessage
    if (req?.res?.complete === false || req?.res === null) req.destroy(refusal())
    else socket.destroy()
  }
  agent.destroy()
}

module.exports = { nodeAgents, close }
