'use strict'

const { OpenAI } = require('openai')
const { ConnectionPoolManager, createPooledOpenAIClient } = require('../..')
const { Api } = require('./api')
const { alone, compared, WHAT } = require('./comparison')
const { measured } = require('./figures')
const { perform } = require('./job')

/**
 * @typedef {object} Options
 * @property {import('./backend').Backend} backend
 * @property {import('./job').Job} job
 * @property {AbortSignal} signal
 * @property {import('node:stream').Writable} output
 */

/** @param {Options} options */
async function run ({ backend, job, signal, output }) {
  const { documents, chunks } = job.corpus
  output.write(`${chunks.length} chunks of ${documents.length} documents, answered by ${backend.name}\n`)
  const figures = await pooled({ backend, job, signal, output })
  if (backend.census === undefined) return
  const ours = await backend.census()
  output.write(`\n${WHAT}\n\n`)
  const single = await alone(backend, job, signal)
  const all = await backend.census()
  const theirs = { connections: all.connections - ours.connections, handshakes: all.handshakes - ours.handshakes }
  output.write(`${compared({ ...figures, ...ours }, { ...single, ...theirs })}\n`)
}

/** @param {Options} options */
async function pooled ({ backend, job, signal, output }) {
  const pool = new ConnectionPoolManager({
    maxSockets: 50,
    maxSocketsPerHost: 20,
    ...backend.certificate && { tls: { ca: backend.certificate } }
  })
  try {
    const client = createPooledOpenAIClient(OpenAI, { apiKey: backend.apiKey, baseURL: backend.baseUrl }, pool)
    const figures = await measured(() => perform(new Api(client, backend.models), job, { signal, output }))
    output.write(`\n${pool.getReport()}\n`)
    return figures
  } finally {
    pool.destroy()
  }
}

module.exports = { run }
