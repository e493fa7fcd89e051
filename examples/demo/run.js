'use strict'

const { ConnectionPoolManager } = require('../..')
const { Api } = require('./api')
const { embedAll, ask } = require('./retrieval')

const MOST_QUESTIONS = 3

/**
 * @param {object} options
 * @param {import('./backend').Backend} options.backend
 * @param {{ documents: import('./corpus').Document[], chunks: import('./corpus').Chunk[] }} options.corpus
 * @param {string[] | null} options.questions null: about the documents' titles
 * @param {AbortSignal} options.signal
 * @param {import('node:stream').Writable} options.output
 */
async function run ({ backend, corpus, questions, signal, output }) {
  const pool = new ConnectionPoolManager({
    maxSockets: 50,
    maxSocketsPerHost: 20,
    ...backend.certificate && { tls: { ca: backend.certificate } }
  })
  try {
    const api = new Api(pool, backend)
    output.write(`${corpus.chunks.length} chunks of ${corpus.documents.length} documents, answered by ${backend.name}\n`)
    const started = performance.now()
    const index = await embedAll(api, corpus.chunks, { signal, output })
    output.write(`Embedded in ${((performance.now() - started) / 1000).toFixed(2)} s\n`)
    for (const question of questions ?? questionsOn(corpus.documents)) await ask(api, index, question, { signal, output })
    output.write(`\n${pool.getReport()}\n`)
  } finally {
    pool.destroy()
  }
}

/** @param {import('./corpus').Document[]} documents */
function questionsOn (documents) {
  return documents.slice(0, MOST_QUESTIONS).map(({ title, source }) => `What does ${source} say about ${title ?? source}?`)
}

module.exports = { run }
