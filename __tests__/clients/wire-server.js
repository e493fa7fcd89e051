'use strict'

// The wire formats of OpenAI's, Anthropic's and some other APIs over a real server. What a reply holds is made from what was asked, so
// that a test can tell the replies apart.

const { anthropic } = require('./wire-anthropic')
const { openai } = require('./wire-openai')
const { others } = require('./wire-others')
const { bodyOf, httpServer } = require('../support/servers')

const ROUTES = { ...openai, ...anthropic, ...others }

/**
 * A request as the server saw it.
 * @typedef {object} Seen
 * @property {string} method
 * @property {string} path
 * @property {import('node:http').IncomingHttpHeaders} headers
 * @property {Buffer} body
 * @property {any} json of the body, when it is such
 * @property {number} connection the number of its connection, from 1
 *
 * @typedef {{ status: number, headers?: import('node:http').OutgoingHttpHeaders, body?: any }} Fault
 */

/**
 * A server for one test.
 * @returns {Promise<{ url: string, port: number, requests: Seen[], connections: () => number, faults: Array<Fault | 'reset' | 'silence'>, release: () => void, cut: () => void }>}
 *   `faults` are what the next requests meet, one each; streams that ask for it wait for `release`; `cut` ends all connections
 */
async function wireServer () {
  /** @type {Seen[]} */
  const requests = []
  const faults = []
  const held = []
  const numbers = new Map()
  const { url, port } = await httpServer(async (request, response) => {
    const { socket } = request
    if (!numbers.has(socket)) numbers.set(socket, numbers.size + 1)
    const body = await bodyOf(request)
    const isJson = /json/.test(request.headers['content-type'] ?? '')
    const seen = {
      method: request.method,
      path: request.url.split('?')[0],
      headers: request.headers,
      body,
      connection: numbers.get(socket),
      json: isJson && body.length > 0 ? JSON.parse(String(body)) : undefined
    }
    requests.push(seen)
    const fault = faults.shift()
    if (fault !== undefined) return meet(fault, request, response)
    const route = ROUTES[`${seen.method} ${seen.path}`]
    if (route === undefined) return send(response, 404, { error: { message: `Invalid URL (${seen.method} ${seen.path})`, type: 'invalid_request_error' } })
    await route({ ...seen, response, send: value => send(response, 200, value), wait: () => new Promise(resolve => held.push(resolve)) })
  })
  return {
    url,
    port,
    requests,
    faults,
    connections: () => numbers.size,
    release: () => held.splice(0).forEach(resolve => resolve()),
    cut: () => [...numbers.keys()].forEach(socket => socket.destroy())
  }
}

function send (response, status, value, headers = {}) {
  const text = JSON.stringify(value)
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), 'x-request-id': 'req_1', ...headers }).end(text)
}

function meet (fault, request, response) {
  if (fault === 'reset') request.socket.resetAndDestroy()
  else if (fault !== 'silence') send(response, fault.status, fault.body ?? { error: { message: 'a fault', type: 'server_error' } }, fault.headers)
}

module.exports = { wireServer }
