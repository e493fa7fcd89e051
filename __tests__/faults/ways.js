'use strict'

const http = require('node:http')
const https = require('node:https')

/**
 * How a request ends for who asked: with a reply that was read to its end, or with an error and where it was then.
 * @typedef {{ status: number, text: string } | { code: string, phase: string, error: any }} Outcome an agent knows no phase but whether its
 *   reply had begun, unless the error has one
 */

/**
 * @typedef {object} Ask
 * @property {string} [method]
 * @property {Record<string, string>} [headers]
 * @property {string | Buffer} [body]
 * @property {number} [headersTimeout] of request and fetch
 * @property {number} [bodyTimeout] of request and fetch
 * @property {number} [timeout] a write's for request and fetch; for an agent the `'timeout'` event, after which the asker gives up
 */

/** @type {Record<'request' | 'fetch' | 'agent', (pool: any, url: string, ask: Ask) => Promise<Outcome>>} */
const ways = {
  request: (pool, url, ask) => outcome(async () => {
    const { statusCode, body } = await pool.request(url, ask)
    return { status: statusCode, text: await body.text() }
  }),

  fetch: (pool, url, { headersTimeout, bodyTimeout, timeout, ...init }) => outcome(async () => {
    const response = await pool.fetch(url, init)
    return { status: response.status, text: await response.text() }
  }),

  agent: (pool, url, { headersTimeout, bodyTimeout, body, ...options }) => new Promise(resolve => {
    let phase = 'head'
    const failed = (/** @type {any} */ error) => resolve({ code: error.code, phase: ['dns', 'connect', 'tls', 'proxy'].includes(error.phase) ? error.phase : phase, error })
    const request = (url.startsWith('https:') ? https : http).request(url, { ...options, agent: pool.getAgentForUrl(url), ca: pool.config.tls?.ca })
    request.on('timeout', () => request.destroy(Object.assign(new Error('given up'), { code: "'timeout'" })))
    // After an error it changes nothing.
    request.on('close', () => { if (phase === 'head') resolve({ code: "'close'", phase, error: null }) })
    request.on('error', failed).on('response', response => {
      phase = 'body'
      let text = ''
      response.setEncoding('utf8').on('data', piece => { text += piece }).on('error', failed)
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
    request.end(body)
  })
}

/** @param {() => Promise<{ status: number, text: string }>} ask @returns {Promise<Outcome>} */
async function outcome (ask) {
  try {
    return await ask()
  } catch (thrown) {
    // A fetch fails with what the platform's would, and has the reason as its cause.
    const error = thrown.name === 'TypeError' ? thrown.cause : thrown
    return { code: error.code, phase: error.phase, error }
  }
}

/** As it is written in the rows. @param {Outcome} outcome */
function said (outcome) {
  return 'code' in outcome ? `${outcome.code}, ${outcome.phase}` : `${outcome.status} ${outcome.text}`
}

module.exports = { ways, said }
