'use strict'

const { createHash } = require('node:crypto')

/** Weakest first: only the strongest that is given counts (Subresource Integrity, 3.3). */
const ALGORITHMS = ['sha256', 'sha384', 'sha512']

/**
 * Only what names no known algorithm is passed over: a digest that cannot be one is one that does not match (Subresource Integrity,
 * 3.3.2).
 * @param {Uint8Array} bytes
 * @param {string} metadata `algorithm-digest …`
 */
function isIntact (bytes, metadata) {
  const given = metadata.split(/\s+/)
    .map(one => /^(sha256|sha384|sha512)(?:-([^?]*))?(?:\?.*)?$/i.exec(one))
    .filter(match => match !== null)
    .map(([, algorithm, digest]) => ({ strength: ALGORITHMS.indexOf(String(algorithm).toLowerCase()), digest: plain(digest ?? '') }))
  if (given.length === 0) return true
  const strength = Math.max(...given.map(one => one.strength))
  const actual = plain(createHash(/** @type {string} */ (ALGORITHMS[strength])).update(bytes).digest('base64'))
  return given.some(one => one.strength === strength && one.digest === actual)
}

/** The one alphabet, without padding. @param {string} digest */
function plain (digest) {
  return digest.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '')
}

module.exports = { isIntact }
