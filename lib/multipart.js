'use strict'

const { randomBytes } = require('node:crypto')

/**
 * A form as a Blob, whose length is known before it is sent and whose files are read as they go: the platform tells no length of the
 * body that it makes. The encoding is HTML's, 4.10.21.8.
 * @param {Iterable<[string, unknown]>} form
 * @returns {{ blob: Blob, contentType: string } | null} null where a value is another's than the platform's, which knows what to make of it
 */
function multipart (form) {
  const boundary = `----pool-${randomBytes(16).toString('hex')}`
  /** @type {(string | Blob)[]} */
  const parts = []
  for (const [name, value] of form) {
    if (typeof value !== 'string' && !(value instanceof Blob)) return null
    parts.push(`--${boundary}\r\nContent-Disposition: form-data; name="${escaped(lines(name))}"`)
    if (typeof value === 'string') parts.push(`\r\n\r\n${lines(value)}`)
    else parts.push(`; filename="${escaped(/** @type {any} */ (value).name ?? 'blob')}"\r\nContent-Type: ${value.type || 'application/octet-stream'}\r\n\r\n`, value)
    parts.push('\r\n')
  }
  parts.push(`--${boundary}--\r\n`)
  return { blob: new Blob(parts), contentType: `multipart/form-data; boundary=${boundary}` }
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
