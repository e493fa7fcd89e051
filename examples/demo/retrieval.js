'use strict'

// Retrieval-augmented answers: embed everything once, then for each question find the nearest chunks and have them read.

const { startProgress } = require('./progress')
const { VectorIndex } = require('./index-of-vectors')

// A request for each chunk, as far as an API's limit on requests a minute can bear it.
const MOST_REQUESTS = 200
const CHUNKS_AN_ANSWER = 8

const INSTRUCTION = 'Answer the question from the passages alone, briefly, and name the file that the answer is from. ' +
  'If they do not hold the answer, say so.'

/**
 * @typedef {import('./corpus').Chunk} Chunk
 * @typedef {import('./api').Api} Api
 */

/**
 * Embeds all chunks. Every request is made at once: how many are on their way is the pool's affair.
 * @param {Api} api
 * @param {Chunk[]} chunks
 * @param {{ signal: AbortSignal, output: import('node:stream').Writable }} options
 * @returns {Promise<VectorIndex<Chunk>>}
 */
async function embedAll (api, chunks, { signal, output }) {
  const index = /** @type {VectorIndex<Chunk>} */ (new VectorIndex())
  const progress = startProgress('Embedding', chunks.length, output)
  try {
    await Promise.all(inGroups(chunks, Math.ceil(chunks.length / MOST_REQUESTS)).map(async group => {
      const vectors = await api.embed(group.map(chunk => chunk.text), signal)
      vectors.forEach((vector, at) => index.add(/** @type {Chunk} */ (group[at]), vector))
      progress.advance(group.length)
    }))
  } finally {
    progress.stop()
  }
  return index
}

/**
 * Writes the answer to a question as it arrives.
 * @param {Api} api
 * @param {VectorIndex<Chunk>} index
 * @param {string} question
 * @param {{ signal: AbortSignal, output: import('node:stream').Writable }} options
 */
async function ask (api, index, question, { signal, output }) {
  const [vector] = await api.embed([question], signal)
  const passages = vector ? index.nearest(vector, CHUNKS_AN_ANSWER) : []
  output.write(`\n? ${question}\n  `)
  for await (const piece of api.chat(messages(question, passages), signal)) output.write(piece)
  output.write('\n')
}

/**
 * @param {string} question
 * @param {Chunk[]} passages
 * @returns {import('./api').Message[]}
 */
function messages (question, passages) {
  const context = passages.map(({ source, text }) => `<passage source="${source}">\n${text}\n</passage>`).join('\n\n')
  return [
    { role: 'system', content: `${INSTRUCTION}\n\n${context}` },
    { role: 'user', content: question }
  ]
}

/**
 * @template T
 * @param {T[]} items
 * @param {number} size
 * @returns {T[][]}
 */
function inGroups (items, size) {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size))
}

module.exports = { embedAll, ask }
