'use strict'

const { finished } = require('node:stream/promises')

const JSON_TYPE = { 'content-type': 'application/json' }

/**
 * What a request that posts JSON has beside its URL.
 * @param {string} body
 */
function posted (body) {
  return { method: /** @type {const} */ ('POST'), headers: JSON_TYPE, body }
}

/**
 * A Readable to its end, as bytes.
 * @param {import('node:stream').Readable} body
 * @param {(chunk: Uint8Array) => void} take
 */
async function flowing (body, take) {
  body.on('data', take)
  await finished(body, { writable: false })
}

/**
 * The body of a fetch to its end.
 * @param {ReadableStream<Uint8Array>} body
 * @param {(chunk: Uint8Array) => void} take
 */
async function pumped (body, take) {
  const reader = body.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    take(value)
  }
}

module.exports = { posted, flowing, pumped }
