'use strict'

/** @typedef {import('node:http').ServerResponse} ServerResponse */

/** An answer of the API that is not 200, in OpenAI's shape. */
class ApiFault extends Error {
  /**
   * @param {number} status
   * @param {string} message
   * @param {{ type?: string, param?: string | null, code?: string | null }} [facts]
   */
  constructor (status, message, { type = 'invalid_request_error', param = null, code = null } = {}) {
    super(message)
    this.status = status
    this.body = { error: { message, type, param, code } }
  }
}

/**
 * @param {ServerResponse} response
 * @param {number} status
 * @param {object} value
 */
function sendJson (response, status, value) {
  const text = JSON.stringify(value)
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
  response.end(text)
}

module.exports = { ApiFault, sendJson }
