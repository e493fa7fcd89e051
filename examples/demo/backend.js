'use strict'

const { fork } = require('node:child_process')
const { randomUUID } = require('node:crypto')
const { once } = require('node:events')
const path = require('node:path')
const { Refusal } = require('./refusal')

/**
 * @typedef {object} Backend an OpenAI-compatible API
 * @property {string} name for people
 * @property {string} baseUrl without a slash at its end
 * @property {string} apiKey
 * @property {{ embedding: string, chat: string }} models
 * @property {string} [certificate] PEM of the one certificate to trust, where the usual ones do not serve
 * @property {() => Promise<Census>} [census] of the local one
 * @property {() => void} stop
 */

/** What the API has counted since it began. @typedef {{ connections: number, handshakes: number }} Census */

/**
 * The API that the environment names, or a local one started for this run.
 * @param {NodeJS.ProcessEnv} environment
 * @returns {Promise<Backend>}
 * @throws {Refusal} if `OPENAI_BASE_URL` is not a URL
 */
async function openBackend (environment) {
  const { OPENAI_BASE_URL: url, OPENAI_API_KEY: key } = environment
  return url || key ? remote(environment) : embedded()
}

/**
 * @param {NodeJS.ProcessEnv} environment
 * @returns {Backend}
 */
function remote (environment) {
  const baseUrl = (environment.OPENAI_BASE_URL || 'https://api.openai.com/v1').replace(/\/+$/, '')
  if (!/^https?:$/.test(URL.canParse(baseUrl) ? new URL(baseUrl).protocol : '')) {
    throw new Refusal(`OPENAI_BASE_URL is ${JSON.stringify(baseUrl)}, which is no http or https URL.`)
  }
  return {
    name: baseUrl,
    baseUrl,
    apiKey: environment.OPENAI_API_KEY ?? '',
    models: {
      embedding: environment.OPENAI_EMBEDDING_MODEL || 'text-embedding-3-small',
      chat: environment.OPENAI_CHAT_MODEL || 'gpt-4o-mini'
    },
    stop () {}
  }
}

/** @returns {Promise<Backend>} */
async function embedded () {
  const apiKey = randomUUID()
  const child = fork(path.join(__dirname, 'server', 'main.js'), { env: { ...process.env, DEMO_API_KEY: apiKey } })
  const [{ port, certificate }] = await Promise.race([once(child, 'message'), ended(child)])
  return {
    name: 'a local API over TLS, started for this run',
    baseUrl: `https://127.0.0.1:${port}/v1`,
    apiKey,
    models: { embedding: 'hashed-ngrams', chat: 'quotation' },
    certificate,
    async census () {
      child.send('census')
      const [census] = await Promise.race([once(child, 'message'), ended(child)])
      return census
    },
    stop () { if (child.connected) child.disconnect() }
  }
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<never>}
 */
async function ended (child) {
  const [code, signal] = await once(child, 'exit')
  throw new Refusal(`The local API ended by itself (${signal ?? `exit code ${code}`}).`)
}

module.exports = { openBackend }
