'use strict'

const { randomBytes } = require('node:crypto')

/** A Blob, of whichever library. @typedef {{ size: number, type?: string, name?: string, stream: () => AsyncIterable<Uint8Array> }} File */

/**
 * A form with its length, which the platform tells of none of the bodies that it makes; files are read as they go. The encoding is
 * HTML's, 4.10.21.8.
 * @param {Iterable<[string, unknown]>} form
 * @returns {{ stream: AsyncIterable<string | Uint8Array>, length: number, contentType: string }}
 */
function multipart (form) {
  const boundary = `----pool-${randomBytes(16).toString('hex')}`
  /** @type {(string | File)[]} */
  const parts = []
  for (const [name, value] of form) {
    parts.push(`--${boundary}\r\nContent-Disposition: form-data; name="${escaped(lines(name))}"`)
    if (isFile(value)) parts.push(`; filename="${escaped(value.name ?? 'blob')}"\r\nContent-Type: ${value.type || 'application/octet-stream'}\r\n\r\n`, value)
    else parts.push(`\r\n\r\n${lines(String(value))}`)
    parts.push('\r\n')
  }
  parts.push(`--${boundary}--\r\n`)
  const length = parts.reduce((sum, part) => sum + (typeof part === 'string' ? Buffer.byteLength(part) : part.size), 0)
  return { stream: written(parts), length, contentType: `multipart/form-data; boundary=${boundary}` }
}

/** @param {(string | File)[]} parts */
async function * written (parts) {
  for (const part of parts) {
    if (typeof part === 'string') yield part
    else yield * part.stream()
  }
}

/**
 * @param {any} value
 * @returns {value is File}
 */
function isFile (value) {
  return typeof value === 'object' && value !== null && typeof value.size === 'number' && typeof value.stream === 'function'
}

/** @param {string} text */
function lines (text) {
  return text.replace(/\r?\n|\r/g, '\r\n')
}

/** @param {string} name */
function escaped (name) {
  return name.replace(/\n/g, '%0A').replace(/\r/g, '%0D').replace(/"/g, '%22')
}

module.exports = { multipart }
