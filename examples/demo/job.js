'use strict'

// What is done with the pool and, to compare, without it.

const { embedAll, ask } = require('./retrieval')

const MOST_QUESTIONS = 3

/**
 * @typedef {object} Job
 * @property {{ documents: import('./corpus').Document[], chunks: import('./corpus').Chunk[] }} corpus
 * @property {string[] | null} questions null: about the documents' titles
 */

/**
 * Embeds the corpus and answers the questions from it.
 * @param {import('./api').Api} api
 * @param {Job} job
 * @param {{ signal: AbortSignal, output: import('node:stream').Writable }} options
 */
async function perform (api, { corpus, questions }, { signal, output }) {
  const index = await embedAll(api, corpus.chunks, { signal, output })
  for (const question of questions ?? questionsOn(corpus.documents)) await ask(api, index, question, { signal, output })
}

/** @param {import('./corpus').Document[]} documents */
function questionsOn (documents) {
  return documents.slice(0, MOST_QUESTIONS).map(({ title, source }) => `What does ${source} say about ${title ?? source}?`)
}

module.exports = { perform }
