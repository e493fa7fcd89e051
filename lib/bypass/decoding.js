'use strict'

const zlib = require('node:zlib')

/** As many as an honest server sends. */
const MOST_CODINGS = 5
/** zlib's header names the method in the low half of its first byte (RFC 1950, 2.2); bare deflate has no header. */
const ZLIB_METHOD = 8

/** @type {Record<string, (() => import('node:stream').Transform) | undefined>} */
const MAKERS = {
  gzip: zlib.createGunzip,
  'x-gzip': zlib.createGunzip,
  deflate: zlib.createInflate,
  br: zlib.createBrotliDecompress,
  // From Node 22.15 on.
  zstd: /** @type {any} */ (zlib).createZstdDecompress
}

/**
 * The codings of a reply in the order in which they were put on. Empty where there are none, and where one is unknown: then
 * the body goes to the user as it came.
 * @param {string | undefined} field `Content-Encoding`
 * @returns {string[]}
 */
function codingsOf (field) {
  const names = String(field ?? '').split(',').map(name => name.trim().toLowerCase()).filter(name => name !== '' && name !== 'identity')
  return names.every(name => MAKERS[name] !== undefined) ? names : []
}

/**
 * Hands over a reply's body without its codings, once its first bytes are there: an empty body is whole whatever its
 * fields say.
 * @param {import('node:http').IncomingMessage} response
 * @param {string[]} codings
 * @param {(error: Error) => void} fail
 * @param {(body: import('node:stream').Readable) => void} ready
 */
function decoded (response, codings, fail, ready) {
  if (codings.length === 0) return ready(response)
  if (codings.length > MOST_CODINGS) {
    return fail(Object.assign(new Error(`${codings.length} content codings, at most ${MOST_CODINGS}`), { code: 'Z_DATA_ERROR' }))
  }
  response.once('readable', () => {
    const first = response.read()
    if (first === null) return ready(response)
    response.unshift(first)
    /** @type {import('node:stream').Readable} */
    let body = response
    for (const [at, name] of codings.toReversed().entries()) {
      const make = at === 0 && name === 'deflate' && (first[0] & 0x0f) !== ZLIB_METHOD ? zlib.createInflateRaw : MAKERS[name]
      body = body.pipe(/** @type {() => import('node:stream').Transform} */ (make)().on('error', fail))
    }
    ready(body)
  })
}

module.exports = { codingsOf, decoded }
