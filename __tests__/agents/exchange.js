'use strict'

const { once } = require('node:events')
const http = require('node:http')
const https = require('node:https')

/**
 * One request through an agent, read to its end.
 * @param {string} url
 * @param {import('node:http').RequestOptions & { body?: string | Buffer }} options
 */
async function exchange (url, { body, ...options }) {
  const request = (url.startsWith('https:') ? https : http).request(url, options)
  request.end(body)
  const [response] = await once(request, 'response')
  const { remotePort } = response.socket
  const chunks = []
  for await (const chunk of response) chunks.push(chunk)
  return { status: response.statusCode, headers: response.headers, trailers: response.trailers, body: Buffer.concat(chunks), reused: request.reusedSocket, remotePort, request, response }
}

module.exports = { exchange }
