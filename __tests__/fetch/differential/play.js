'use strict'

const { types } = require('node:util')

/**
 * What a case is played with: the same for the platform's fetch and for the pool's.
 * @typedef {object} Stage
 * @property {(input?: any, init?: any) => Promise<any>} fetch the one that is looked at
 * @property {string} url of the server, without a slash at its end
 * @property {string} other the same server under another origin
 * @property {string} closed an origin where nobody listens
 */

/** @typedef {(stage: Stage) => unknown} Case */

/**
 * A case's outcome as plain data.
 * @param {Case} run
 * @param {Stage} stage
 */
async function play (run, stage) {
  try {
    return { value: await shown(await run(stage)) }
  } catch (error) {
    return { error: shownError(error) }
  }
}

/** @param {any} value @returns {Promise<any>} */
async function shown (value) {
  if (value instanceof Response) return shownResponse(value)
  if (isError(value)) return shownError(value)
  if (Array.isArray(value)) return Promise.all(value.map(shown))
  return value
}

/** All that a response shows, its body included. @param {Response} response */
async function shownResponse (response) {
  const { status, statusText, ok, type, redirected, url, bodyUsed } = response
  const hasBody = response.body !== null
  const text = bodyUsed || response.body?.locked ? null : await response.clone().text().catch(shownError)
  const headers = [...response.headers].filter(([name]) => name !== 'date')
  return { status, statusText, ok, type, redirected, url, bodyUsed, hasBody, headers, text }
}

/** @param {any} error @returns {any} */
function shownError (error) {
  if (!isError(error)) return { thrown: error }
  const { name, message, code, cause } = error
  const isAbort = error instanceof DOMException
  return { name, message, ...code !== undefined && !isAbort && { code }, ...cause !== undefined && { cause: shownError(cause) } }
}

/** Of this realm or of the platform's, which in a Jest file are two. @param {unknown} value */
function isError (value) {
  return types.isNativeError(value) || value instanceof DOMException
}

module.exports = { play, shownError }
