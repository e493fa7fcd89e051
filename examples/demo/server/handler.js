'use strict'

// The routes of an OpenAI-compatible API, and what all of them ask of a request.

const { json } = require('node:stream/consumers')
const { chat } = require('./chat')
const { embeddings } = require('./embeddings')
const { ApiFault, sendJson } = require('./replies')

/** @type {Record<string, typeof chat | typeof embeddings>} */
const ROUTES = {
  'POST /v1/embeddings': embeddings,
  'POST /v1/chat/completions': chat
}

/**
 * @param {{ apiKey: string, latency: import('./latency').Latency }} options
 * @returns {(request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse) => void}
 */
function createHandler ({ apiKey, latency }) {
  return (request, response) => {
    serve(request, response).catch(error => {
      if (response.headersSent || response.destroyed) response.destroy()
      else if (error instanceof ApiFault) sendJson(response, error.status, error.body)
      else sendJson(response, 500, new ApiFault(500, 'The server failed.', { type: 'server_error' }).body)
    })
  }

  /**
   * @param {import('node:http').IncomingMessage} request
   * @param {import('node:http').ServerResponse} response
   */
  async function serve (request, response) {
    const [path] = (request.url ?? '').split('?')
    const route = ROUTES[`${request.method} ${path}`]
    if (!route) throw new ApiFault(404, `Invalid URL (${request.method} ${path})`)
    if (request.headers.authorization !== `Bearer ${apiKey}`) {
      throw new ApiFault(401, 'Incorrect API key provided.', { code: 'invalid_api_key' })
    }
    await route({ body: await readObject(request), response, latency })
  }
}

/**
 * @param {import('node:http').IncomingMessage} request
 * @returns {Promise<Record<string, unknown>>}
 */
async function readObject (request) {
  const value = await json(request).catch(() => {
    throw new ApiFault(400, 'We could not parse the JSON body of your request.')
  })
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ApiFault(400, 'The body of your request must be a JSON object.')
  }
  return { ...value }
}

module.exports = { createHandler }
