'use strict'

const { Writable } = require('node:stream')
const { flowing, posted } = require('./bodies')
const { versionOf } = require('./version-of')
const { viaFetch } = require('./via-fetch')

/** As many streams of a connection as its peer takes: undici calls that pipelining. */
const STREAMS = 128

/** @typedef {import('undici').Pool} Pool */

/**
 * The ways of one of undici's versions.
 * @param {'undici' | 'undici-8'} name of the package
 */
function of (name) {
  const undici = /** @type {typeof import('undici')} */ (require(name))
  const version = versionOf(name)
  /**
   * @param {(pool: Pool, setting: import('./index').Setting, origin: string) => Omit<import('./index').Client, 'close'>} way
   * @returns {{ version: string, open: import('./index').Open }}
   */
  const opener = way => ({
    version,
    open (origin, setting) {
      const pool = poolOf(undici, origin, setting)
      return { ...way(pool, setting, origin), close: () => pool.destroy() }
    }
  })
  return {
    request: opener(request),
    stream: opener(stream),
    dispatch: opener(dispatch),
    fetch: opener((pool, { read }, origin) => viaFetch(/** @type {any} */ (undici.fetch), origin, read, { dispatcher: pool }))
  }
}

/**
 * @param {typeof import('undici')} undici
 * @param {string} origin
 * @param {import('./index').Setting} setting
 */
function poolOf ({ Pool }, origin, { connections, keepIdleMs, ca, h2 = false }) {
  return new Pool(origin, {
    connections, allowH2: h2, pipelining: h2 ? STREAMS : 1, keepAliveTimeout: keepIdleMs, ...ca !== undefined && { connect: { ca } }
  })
}

/**
 * Idempotent, or a POST would have a connection of HTTP/2 to itself.
 * @param {string} path
 * @param {string} [body]
 */
function options (path, body) {
  return body === undefined ? { method: /** @type {const} */ ('GET'), path } : { path, ...posted(body), idempotent: true }
}

/**
 * undici's lowest call that gives a body to read.
 * @param {Pool} pool
 * @param {import('./index').Setting} setting
 */
function request (pool, { read }) {
  return {
    async call (/** @type {string} */ path, /** @type {string | undefined} */ sent) {
      const { statusCode, body } = await pool.request(options(path, sent))
      if (statusCode !== 200) throw new Error(`status ${statusCode}`)
      await body[read]()
    },
    async exchange (/** @type {'GET' | 'POST'} */ method, /** @type {string} */ path, /** @type {Record<string, string>} */ headers, /** @type {string | undefined} */ sent) {
      const { statusCode, body } = await pool.request({ method, path, headers, body: sent ?? null })
      if (statusCode !== 200) throw new Error(`status ${statusCode}`)
      return body.text()
    },
    async upload (/** @type {string} */ path, /** @type {number} */ bytes) {
      const { body } = await pool.request({ method: 'POST', path, body: Buffer.alloc(bytes, 'x'), idempotent: true })
      const got = /** @type {any} */ (await body.json()).bytes
      if (got !== bytes) throw new Error(`${got} of ${bytes} bytes arrived`)
    },
    async download (/** @type {string} */ path, /** @type {number} */ bytes) {
      const { body } = await pool.request({ method: 'GET', path })
      const got = (await body.arrayBuffer()).byteLength
      if (got !== bytes) throw new Error(`${got} of ${bytes} bytes arrived`)
    },
    async stream (/** @type {string} */ path, /** @type {(chunk: Uint8Array) => void} */ take) {
      const { statusCode, body } = await pool.request({ method: 'GET', path })
      if (statusCode !== 200) throw new Error(`status ${statusCode}`)
      await flowing(body, take)
    }
  }
}

/**
 * Into a Writable that is handed over, so that no Readable is made.
 * @param {Pool} pool
 * @param {import('./index').Setting} setting
 */
function stream (pool, { read }) {
  return {
    async call (/** @type {string} */ path, /** @type {string | undefined} */ sent) {
      /** @type {Buffer[]} */ const pieces = []
      let status = 0
      await pool.stream(options(path, sent), ({ statusCode }) => {
        status = statusCode
        return new Writable({ write (piece, _, done) { pieces.push(piece); done() } })
      })
      settle(status, pieces, read)
    }
  }
}

/**
 * The lowest of all: a handler's methods are called as the parser comes along.
 * @param {Pool} pool
 * @param {import('./index').Setting} setting
 */
function dispatch (pool, { read }) {
  return {
    call: (/** @type {string} */ path, /** @type {string | undefined} */ sent) => new Promise((/** @type {(value: void) => void} */ resolve, reject) => {
      /** @type {Buffer[]} */ const pieces = []
      let status = 0
      pool.dispatch(options(path, sent), {
        onRequestStart () {},
        onResponseStart (_, statusCode) { status = statusCode },
        onResponseData (_, piece) { pieces.push(piece) },
        onResponseEnd () {
          try {
            resolve(settle(status, pieces, read))
          } catch (error) {
            reject(error)
          }
        },
        onResponseError (_, error) { reject(error) }
      })
    })
  }
}

/**
 * @param {number} status
 * @param {Buffer[]} pieces
 * @param {'json' | 'text'} read
 */
function settle (status, pieces, read) {
  if (status !== 200) throw new Error(`status ${status}`)
  const text = /** @type {Buffer} */ (pieces.length === 1 ? pieces[0] : Buffer.concat(pieces)).toString()
  if (read === 'json') JSON.parse(text)
}

module.exports = { of }
