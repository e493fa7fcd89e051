'use strict'

/** Methods whose request says nothing of a body that is not there. Of all others Node would send an empty one in chunks. */
const WITHOUT_BODY = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT'])

/**
 * Names and values in turn, with what the engine would add.
 * @param {import('./carrier').Crossing} crossing
 * @param {string} host
 * @param {boolean} isKept whether the connection is to serve again
 * @returns {string[]}
 */
function headersOf ({ head, streamed, length, bytes }, host, isKept) {
  const [method = '', , ...headers] = head.split('\n')
  const has = (/** @type {string} */ name) => headers.some((text, at) => at % 2 === 0 && text === name)
  if (!has('host')) headers.push('host', host)
  // Node has its answer before it has the agent's.
  if (!isKept && !has('connection')) headers.push('connection', 'close')
  if (has('content-length')) return headers
  if (streamed && length === undefined) headers.push('transfer-encoding', 'chunked')
  else if (streamed) headers.push('content-length', String(length))
  else if (bytes !== null || !WITHOUT_BODY.has(method)) headers.push('content-length', String(Buffer.byteLength(/** @type {any} */ (bytes ?? ''))))
  return headers
}

module.exports = { headersOf }
