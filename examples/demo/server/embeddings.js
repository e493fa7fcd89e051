'use strict'

const { ApiFault, sendJson } = require('./replies')
const { embed, DIMENSIONS } = require('./vector')
const { countTokens } = require('./tokens')

const MODEL = 'hashed-ngrams'
const MOST_INPUTS = 2048

/**
 * `POST /v1/embeddings`
 * @param {{ body: Record<string, unknown>, response: import('node:http').ServerResponse, latency: import('./latency').Latency }} call
 */
async function embeddings ({ body, response, latency }) {
  const { inputs, dimensions, encode } = parse(body)
  await latency.embedding()
  const tokens = inputs.reduce((sum, text) => sum + countTokens(text), 0)
  sendJson(response, 200, {
    object: 'list',
    data: inputs.map((text, index) => ({ object: 'embedding', index, embedding: encode(embed(text, dimensions)) })),
    model: MODEL,
    usage: { prompt_tokens: tokens, total_tokens: tokens }
  })
}

/** @param {Record<string, unknown>} body */
function parse ({ model, input, dimensions = DIMENSIONS, encoding_format: format = 'float' }) {
  if (model !== MODEL) throw new ApiFault(404, `The model \`${model}\` does not exist.`, { param: 'model', code: 'model_not_found' })
  const inputs = Array.isArray(input) ? input : [input]
  if (inputs.length === 0 || inputs.length > MOST_INPUTS || !inputs.every(text => typeof text === 'string' && text !== '')) {
    throw new ApiFault(400, `'input' must be a text or a list of 1 to ${MOST_INPUTS} texts, none of them empty.`, { param: 'input' })
  }
  if (typeof dimensions !== 'number' || !Number.isInteger(dimensions) || dimensions < 1 || dimensions > 4096) {
    throw new ApiFault(400, "'dimensions' must be an integer between 1 and 4096.", { param: 'dimensions' })
  }
  if (format !== 'float' && format !== 'base64') {
    throw new ApiFault(400, "'encoding_format' must be 'float' or 'base64'.", { param: 'encoding_format' })
  }
  return { inputs, dimensions, encode: format === 'float' ? asNumbers : asBase64 }
}

/** @param {Float32Array} vector */
function asNumbers (vector) {
  return Array.from(vector)
}

/** @param {Float32Array} vector */
function asBase64 (vector) {
  return Buffer.from(vector.buffer).toString('base64')
}

module.exports = { embeddings, MODEL }
