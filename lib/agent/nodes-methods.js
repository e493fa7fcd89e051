'use strict'

// The methods by which Node's agents make a connection, as Node has them. A library that puts its own in place of one, for all agents
// at once, does it to stand in for the network, or to refuse where a request goes.

const http = require('node:http')
const https = require('node:https')

const NODES = { http: methodsOf(http.Agent.prototype), https: methodsOf(https.Agent.prototype) }

/** @param {any} prototype */
function methodsOf (prototype) {
  const { createConnection, createSocket } = prototype
  return { prototype, createConnection, createSocket }
}

/**
 * Whether all agents of Node's connect as Node has it.
 * @param {'http' | 'https'} scheme
 */
function connectsAsNode (scheme) {
  const { prototype, createConnection } = NODES[scheme]
  return prototype.createConnection === createConnection
}

/**
 * Whether an agent asks for its sockets as Node has it.
 * @param {'http' | 'https'} scheme
 * @param {any} agent
 */
function asksAsNode (scheme, agent) {
  return agent.createSocket === NODES[scheme].createSocket
}

module.exports = { asksAsNode, connectsAsNode }
