'use strict'

// What Node's own tls says of a server, and what the pool says.

const { once } = require('node:events')
const https = require('node:https')
const tls = require('node:tls')
const { exchange } = require('../agents/exchange')
const { open } = require('../support/pools')

/**
 * What a server is given to show.
 * @param {...{ cert: string, key: string }} line its certificate, and what it sends besides
 */
const shows = (...line) => ({ key: line[0].key, cert: line.map(({ cert }) => cert).join('\n') })

/** @param {any} error */
const codeOf = error => error.code

/**
 * The code with which Node's own client refuses a server, or what else is asked of the error; null: it takes it.
 * @param {number} port
 * @param {import('node:tls').ConnectionOptions} options
 * @param {(error: any) => string} [told]
 * @returns {Promise<string | null>}
 */
function verdictOfNode (port, options, told = codeOf) {
  return new Promise(resolve => {
    const socket = tls.connect({ host: 'localhost', port, ...options }, () => { socket.destroy(); resolve(null) })
    socket.on('error', error => resolve(told(error)))
  })
}

/**
 * That with which `pool.request` refuses it, and an agent.
 * @param {string} url
 * @param {Record<string, any>} options
 * @param {(error: any) => string} [told]
 * @returns {Promise<Array<string | null>>}
 */
async function verdicts (url, options, told = codeOf) {
  const pool = open({ tls: options })
  const calls = [async () => (await pool.request(url)).body.dump(), () => exchange(url, { agent: pool.getHttpsAgent() })]
  return Promise.all(calls.map(call => call().then(() => null, told)))
}

/**
 * What is wrong with a server in the eyes of one who lets everybody in: for Node, and for an agent. null: nothing; and
 * `refused` where no handshake comes about.
 * @param {string} url
 * @param {Record<string, any>} options
 * @returns {Promise<Array<string | null>>}
 */
async function faults (url, options) {
  const pool = open({ tls: { ...options, rejectUnauthorized: false } })
  const ways = [{ agent: false, ...options, rejectUnauthorized: false }, { agent: pool.getHttpsAgent() }]
  return Promise.all(ways.map(way => faultOf(url, way).catch(() => 'refused')))
}

/** @param {string} url @param {import('node:https').RequestOptions} options */
async function faultOf (url, options) {
  const [response] = await once(https.get(url, options), 'response')
  const { authorizationError } = response.socket
  response.resume()
  return authorizationError
}

/**
 * An agent tells of what breaks a handshake as Node's agents do: the write of the request has failed.
 * @param {string | null} code
 */
const ofAgent = code => code?.startsWith('ERR_SSL_') ? 'EPROTO' : code

module.exports = { faults, ofAgent, shows, verdictOfNode, verdicts }
