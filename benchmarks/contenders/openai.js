'use strict'

const { OpenAI } = require('openai')
const { VERSION } = require('openai/version')
const { createPooledOpenAIClient } = require('../..')
const { poolOf } = require('./pool-of')

/** @param {OpenAI} client */
function caller (client) {
  return async (/** @type {string} */ path) => { await client.get(path) }
}

/** The SDK as it comes: over the global fetch. It reads each reply as JSON. */
const plain = {
  version: VERSION,
  /** @type {import('./index').Open} */
  open: origin => ({ call: caller(new OpenAI({ apiKey: 'key', baseURL: origin })), close: async () => {} })
}

const pooled = {
  version: VERSION,
  /** @type {import('./index').Open} */
  open (origin, setting) {
    const pool = poolOf(setting)
    const client = createPooledOpenAIClient(OpenAI, { apiKey: 'key', baseURL: origin }, pool)
    return { call: caller(client), close: async () => pool.destroy() }
  }
}

module.exports = { plain, pooled }
