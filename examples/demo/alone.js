'use strict'

// The same job without the pool, in a process of its own, which has to be told from its start which certificate to trust.

const { setMaxListeners } = require('node:events')
const { Writable } = require('node:stream')
const { OpenAI } = require('openai')
const { Api } = require('./api')
const { measured } = require('./figures')
const { perform } = require('./job')

// Ctrl-C reaches every process of the terminal; the parent decides when this one ends.
process.on('SIGINT', () => {})
process.on('disconnect', () => process.exit())

process.once('message', message => {
  work(/** @type {import('./comparison').Task} */ (message)).catch(error => {
    console.error(error)
    process.exit(1)
  })
})

/** @param {import('./comparison').Task} task */
async function work ({ backend: { baseUrl, apiKey, models }, job }) {
  // The platform's fetch would keep connections otherwise.
  const client = new OpenAI({ apiKey, baseURL: baseUrl, defaultHeaders: { connection: 'close' } })
  const output = new Writable({ write: (_chunk, _encoding, done) => done() })
  // As with the pool: the SDK listens to it for each request.
  const { signal } = new AbortController()
  setMaxListeners(0, signal)
  process.send?.(await measured(() => perform(new Api(client, models), job, { signal, output })))
}
