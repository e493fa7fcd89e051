'use strict'

const http = require('node:http')
const https = require('node:https')
const zlib = require('node:zlib')
const { given } = require('../given')
const { Submission } = require('../ring/records')

/** Bytes of a streamed request body that may wait for Node's socket. */
const ROOM = 64 * 1024
/** Bytes of a reply that may wait for their reader. */
const WINDOW = 256 * 1024
/** A body that nobody wants is read to its end up to this many bytes: a connection costs more. */
const DRAINED = 128 * 1024
/** Methods whose request says that its body is empty. */
const WITH_BODY = new Set(['POST', 'PUT', 'PATCH'])

/**
 * A request as it would cross to the engine.
 * @typedef {object} Crossing
 * @property {string} origin `scheme://host:port`
 * @property {string} head `METHOD\ntarget\nname\nvalue…`
 * @property {string | Uint8Array | null} bytes
 * @property {boolean} streamed
 * @property {number | undefined} length of a streamed body, where it is known
 * @property {number[] | undefined} timeouts as they would cross
 * @property {boolean} decode
 */

/** In the order in which they cross: what runs out, from which of Node's moments to which. */
const LIMITS = /** @type {const} */ ([
  ['queueTimeout', 'ERR_POOL_QUEUE_TIMEOUT', 'queue'],
  ['connectTimeout', 'ERR_POOL_CONNECT_TIMEOUT', 'connect'],
  ['headersTimeout', 'ERR_POOL_HEADERS_TIMEOUT', 'head'],
  ['bodyTimeout', 'ERR_POOL_BODY_TIMEOUT', 'body'],
  ['requestTimeout', 'ERR_POOL_REQUEST_TIMEOUT', 'body']
])

/**
 * Carries one request by Node's own client and tells its exchange of it, in the engine's place.
 */
class Carrier {
  /** @type {import('../exchange').Exchange} */ #exchange
  /** @type {http.ClientRequest | null} */ #req = null
  /** @type {import('node:stream').Readable | null} */ #body = null
  /** @type {Map<string, NodeJS.Timeout>} */ #timers = new Map()
  /** @type {any} */ #config
  /** @type {number[] | undefined} */ #timeouts
  #over = false
  #unread = 0
  #unwanted = false
  #begun = process.hrtime.bigint()
  /** @type {(error: any, ms: number) => void} */ #settled

  /**
   * @param {any} config the pool's options
   * @param {(error: any, ms: number) => void} settled told once; with null when the reply is whole
   */
  constructor (config, settled) {
    this.#config = config
    this.#settled = settled
    this.#exchange = /** @type {any} */ (null)
    /** What the exchange takes for its way to the engine. */
    this.submissions = { note: this.#note.bind(this) }
  }

  /**
   * @param {import('../exchange').Exchange} exchange
   * @param {Crossing} crossing
   * @param {http.Agent | https.Agent} agent
   */
  start (exchange, crossing, agent) {
    this.#exchange = exchange
    this.#timeouts = crossing.timeouts
    const [method, target, ...lines] = crossing.head.split('\n')
    const url = new URL(crossing.origin)
    /** @type {string[]} */
    const headers = []
    for (let i = 0; i < lines.length; i += 2) headers.push(/** @type {string} */ (lines[i]), /** @type {string} */ (lines[i + 1]))
    const has = (/** @type {string} */ name) => headers.some((text, at) => at % 2 === 0 && text === name)
    if (!has('host')) headers.push('host', url.host)
    if (crossing.streamed && !has('content-length')) {
      headers.push(...crossing.length === undefined ? ['transfer-encoding', 'chunked'] : ['content-length', String(crossing.length)])
    } else if ((crossing.bytes !== null || WITH_BODY.has(String(method))) && !has('content-length')) {
      headers.push('content-length', String(Buffer.byteLength(/** @type {any} */ (crossing.bytes ?? ''))))
    }
    const client = url.protocol === 'https:' ? https : http
    const options = /** @type {any} */ ({ agent, method, path: target, headers, host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port: url.port || undefined })
    const req = this.#req = client.request(options)
    this.#watch(req, crossing.decode)
    if (crossing.streamed) this.#room(ROOM)
    // A copy: the caller may write over its bytes as soon as it has asked.
    else req.end(crossing.bytes === null ? undefined : Buffer.from(/** @type {any} */ (crossing.bytes)))
  }

  /**
   * @param {http.ClientRequest} req
   * @param {boolean} decode
   */
  #watch (req, decode) {
    this.#limit('requestTimeout')
    this.#limit('queueTimeout')
    req.once('socket', socket => {
      this.#lift('queueTimeout')
      if (!socket.connecting) return
      this.#limit('connectTimeout')
      socket.once(req.protocol === 'https:' ? 'secureConnect' : 'connect', () => this.#lift('connectTimeout'))
    })
    req.once('finish', () => this.#limit('headersTimeout'))
    req.on('error', error => this.#fail(error))
    req.once('response', response => this.#answered(response, decode))
  }

  /**
   * @param {http.IncomingMessage} response
   * @param {boolean} decode
   */
  #answered (response, decode) {
    this.#lift('headersTimeout')
    const coding = decode ? decoder(response.headers['content-encoding']) : null
    const lines = [response.statusMessage ?? '']
    for (let i = 0; i < response.rawHeaders.length; i += 2) {
      const name = /** @type {string} */ (response.rawHeaders[i]).toLowerCase()
      if (coding === null || (name !== 'content-encoding' && name !== 'content-length')) lines.push(name, /** @type {string} */ (response.rawHeaders[i + 1]))
    }
    const body = this.#body = coding === null ? response : response.pipe(coding)
    response.on('error', error => this.#fail(error))
    if (coding !== null) coding.on('error', error => this.#fail(error))
    this.#exchange.onHead(/** @type {number} */ (response.statusCode), lines.join('\n'))
    body.on('data', chunk => this.#data(body, chunk))
    body.once('end', () => this.#whole(response))
  }

  /**
   * @param {import('node:stream').Readable} body
   * @param {Buffer} chunk
   */
  #data (body, chunk) {
    this.#limit('bodyTimeout')
    this.#unread += chunk.length
    if (!this.#unwanted) {
      if (this.#unread >= WINDOW) body.pause()
      return this.#exchange.onData(chunk)
    }
    if (this.#unread > DRAINED) this.#cut()
  }

  /** The rest is large and not wanted: the exchange is over, and the connection with it. */
  #cut () {
    if (this.#over) return
    this.#stop()
    this.#exchange.onEnd('')
  }

  #stop () {
    this.#over = true
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#req?.on('error', () => {}).destroy()
  }

  /** @param {http.IncomingMessage} response */
  #whole (response) {
    if (this.#over) return
    this.#end(null)
    const trailers = response.rawTrailers.map((text, at) => at % 2 === 0 ? text.toLowerCase() : text)
    this.#exchange.onEnd(trailers.length === 0 ? '' : `\n${trailers.join('\n')}`)
  }

  /** @param {any} error */
  #fail (error) {
    if (this.#over) return
    this.#end(error)
    this.#req?.destroy()
    const { code = 'ERR_POOL_INTERNAL', message, errno, syscall, address, port } = error
    this.#exchange.onFail({ code, message, phase: error.phase ?? (this.#body === null ? 'head' : 'body'), ...given({ errno, syscall, address, port }) })
  }

  /** @param {any} error */
  #end (error) {
    this.#over = true
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#settled(error, Number(process.hrtime.bigint() - this.#begun) / 1e6)
  }

  /**
   * What the exchange tells the engine.
   * @param {number} kind
   * @param {number} _handle
   * @param {number} [argument]
   */
  #note (kind, _handle, argument = 0) {
    if (kind === Submission.BODY_END) this.#req?.end()
    else if (kind === Submission.ABORT && !this.#over) this.#stop()
    else if (kind === Submission.CREDIT) this.#wanted(argument)
    else if (kind === Submission.DUMP) {
      this.#unwanted = true
      this.#wanted(this.#unread)
    }
  }

  /** @param {number} bytes that were read */
  #wanted (bytes) {
    this.#unread -= bytes
    if (this.#unread < WINDOW) this.#body?.resume()
  }

  /**
   * A piece of a streamed body.
   * @param {number} _handle
   * @param {Uint8Array} chunk
   */
  push (_handle, chunk) {
    this.#req?.write(chunk, () => this.#room(chunk.length))
  }

  /** @param {number} bytes */
  #room (bytes) {
    if (!this.#over) this.#exchange.onRoom(bytes)
  }

  /**
   * Begins a limit anew, if there is one.
   * @param {typeof LIMITS[number][0]} name
   */
  #limit (name) {
    this.#lift(name)
    const at = LIMITS.findIndex(([known]) => known === name)
    const own = this.#timeouts?.[at]
    const ms = own === undefined || own === Submission.POOLS_OWN ? this.#config[name] : own
    if (!(ms > 0)) return
    const [, code, phase] = /** @type {typeof LIMITS[number]} */ (LIMITS[at])
    this.#timers.set(name, setTimeout(() => this.#fail(Object.assign(new Error(`${name} has passed`), { code, phase })), ms))
  }

  /** @param {typeof LIMITS[number][0]} name */
  #lift (name) {
    clearTimeout(this.#timers.get(name))
    this.#timers.delete(name)
  }
}

/**
 * @param {string | undefined} coding
 * @returns {import('node:stream').Transform | null}
 */
function decoder (coding) {
  const makers = /** @type {Record<string, (() => import('node:stream').Transform) | undefined>} */ ({
    gzip: zlib.createGunzip,
    'x-gzip': zlib.createGunzip,
    deflate: zlib.createInflate,
    br: zlib.createBrotliDecompress,
    zstd: /** @type {any} */ (zlib).createZstdDecompress
  })
  return makers[String(coding).trim().toLowerCase()]?.() ?? null
}

module.exports = { Carrier }
