'use strict'

const http = require('node:http')
const https = require('node:https')
const { given } = require('../given')
const { Submission } = require('../ring/records')
const { codingsOf, decoded } = require('./decoding')
const { headersOf } = require('./headers')
const { Patience } = require('./patience')

/** Bytes of a streamed request body that may wait for Node's socket. */
const ROOM = 64 * 1024
/** Bytes of a reply that may wait for their reader. */
const WINDOW = 256 * 1024
/** A body that nobody wants is read to its end up to this many bytes: a connection costs more. */
const DRAINED = 128 * 1024
/** Bytes that a body may have decompressed before `maxExpansion` is asked, as the engine has it. */
const FREE_EXPANSION = 16 * 1024 * 1024

/**
 * A request as it would cross to the engine.
 * @typedef {object} Crossing
 * @property {string} origin `scheme://host:port`
 * @property {string} head `METHOD\ntarget\nname\nvalue…`
 * @property {string | Uint8Array | null} bytes
 * @property {boolean} streamed
 * @property {number | undefined} length of a streamed body, where it is known
 * @property {number[] | undefined} timeouts as they would cross
 * @property {number} keep what of a content coding is kept
 */

/**
 * Carries one request by Node's own client and tells its exchange of it, in the engine's place.
 */
class Carrier {
  /** @type {import('../exchange').Exchange} */ #exchange = /** @type {any} */ (null)
  /** @type {http.ClientRequest | null} */ #req = null
  /** @type {import('node:net').Socket | null} */ #socket = null
  /** @type {import('node:stream').Readable | null} */ #body = null
  /** @type {'queue' | 'connect' | 'head' | 'body'} */ #phase = 'queue'
  /** @type {any} */ #config
  /** @type {Crossing} */ #crossing
  /** @type {Patience} */ #patience
  /** @type {(error: any, ms: number) => void} */ #settled
  #begun = performance.now()
  #over = false
  #unread = 0
  #unwanted = false
  #taken = 0
  #given = 0

  /**
   * @param {any} config the pool's options
   * @param {Crossing} crossing
   * @param {(error: any, ms: number) => void} settled told once: undefined when the reply is read, null when it was given up
   */
  constructor (config, crossing, settled) {
    this.#config = config
    this.#crossing = crossing
    this.#settled = settled
    this.#patience = new Patience(config, crossing.timeouts, error => this.fail(error))
    /** What the exchange takes for its way to the engine. */
    this.submissions = { note: this.#note.bind(this) }
  }

  /**
   * @param {import('../exchange').Exchange} exchange
   * @param {http.Agent | https.Agent} agent
   */
  start (exchange, agent) {
    this.#exchange = exchange
    const { origin, bytes, head } = this.#crossing
    const url = new URL(origin)
    const [method = '', path] = head.split('\n', 2)
    const options = {
      agent,
      method,
      path,
      headers: headersOf(this.#crossing, url.host, this.#config.keepAlive),
      host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: url.port || undefined,
      maxHeaderSize: this.#config.maxHeaderSize,
      timeout: this.#patience.of('timeout')
    }
    const req = this.#req = this.#asked(url.protocol === 'https:' ? https : http, options)
    if (req === null) return
    // Beyond a limit Node leaves fields out without a word: they are counted once they are here.
    req.maxHeadersCount = 0
    this.#watch(req)
    if (this.#crossing.streamed) this.#room(ROOM)
    // A copy: the caller may write over its bytes as soon as it has asked.
    else req.end(bytes === null ? undefined : Buffer.from(/** @type {any} */ (bytes)))
  }

  /**
   * @param {typeof http | typeof https} client
   * @param {object} options
   * @returns {http.ClientRequest | null} null where Node refuses what the engine would send
   */
  #asked (client, options) {
    try {
      return client.request(options)
    } catch (error) {
      queueMicrotask(() => this.fail(error))
      return null
    }
  }

  /** @param {http.ClientRequest} req */
  #watch (req) {
    const patience = this.#patience
    patience.begin('requestTimeout')
    patience.begin('queueTimeout')
    req.once('socket', socket => {
      if (this.#over) return
      patience.end('queueTimeout')
      this.#socket = socket.on('timeout', this.#stalled)
      if (!socket.connecting) return this.#connected()
      this.#phase = 'connect'
      patience.begin('connectTimeout')
      socket.once(req.protocol === 'https:' ? 'secureConnect' : 'connect', () => this.#connected())
    })
    req.once('finish', () => {
      if (this.#phase !== 'body' && !this.#over) patience.begin('headersTimeout')
    })
    req.on('error', error => this.fail(error))
    req.once('response', response => this.#answered(response))
    req.once('close', () => {
      if (this.#phase !== 'body') this.fail(Object.assign(new Error('the connection closed before a reply'), { code: 'ECONNRESET' }))
    })
  }

  /** The socket has rested. Alone that is none of it: dialling and the wait for a first byte have limits of their own. */
  #stalled = () => {
    const { connecting, writableLength } = /** @type {import('node:net').Socket} */ (this.#socket)
    if (!connecting && writableLength > 0) this.#patience.pass('timeout')
  }

  #connected () {
    if (this.#phase !== 'body') this.#phase = 'head'
    this.#patience.end('connectTimeout')
  }

  /** @param {http.IncomingMessage} response */
  #answered (response) {
    if (this.#over) return
    if (response.rawHeaders.length / 2 > this.#config.maxHeadersCount) {
      return this.fail(Object.assign(new Error('Parse Error: Header overflow'), { code: 'HPE_HEADER_OVERFLOW' }))
    }
    this.#phase = 'body'
    this.#patience.end('headersTimeout')
    this.#patience.begin('bodyTimeout')
    const { keep } = this.#crossing
    const codings = keep === Submission.KEEP_CODING ? [] : codingsOf(response.headers['content-encoding'])
    const lines = [response.statusMessage ?? '']
    for (let i = 0; i < response.rawHeaders.length; i += 2) {
      const name = /** @type {string} */ (response.rawHeaders[i]).toLowerCase()
      if (codings.length === 0 || keep === Submission.KEEP_FIELDS || (name !== 'content-encoding' && name !== 'content-length')) lines.push(name, /** @type {string} */ (response.rawHeaders[i + 1]))
    }
    response.on('error', error => this.fail(error))
    this.#exchange.onHead(/** @type {number} */ (response.statusCode), lines.join('\n'))
    decoded(response, codings, error => this.fail(error), body => {
      this.#body = body
      response.on('data', chunk => this.#arrived(chunk.length))
      body.on('data', chunk => this.#data(body, chunk))
      body.once('end', () => this.#whole(response))
    })
  }

  /** @param {number} bytes as they came, still coded */
  #arrived (bytes) {
    this.#taken += bytes
    if (!this.#over && this.#body?.isPaused() === false) this.#patience.begin('bodyTimeout')
  }

  /**
   * @param {import('node:stream').Readable} body
   * @param {Buffer} chunk
   */
  #data (body, chunk) {
    if (this.#over) return
    this.#given += chunk.length
    const { maxExpansion } = this.#config
    if (maxExpansion > 0 && this.#given > Math.max(FREE_EXPANSION, this.#taken * maxExpansion)) {
      return this.fail(Object.assign(new Error(`the body grew to ${this.#given} bytes out of ${this.#taken}`), { code: 'ERR_POOL_BODY_TOO_LARGE' }))
    }
    this.#unread += chunk.length
    if (this.#unwanted) {
      if (this.#unread > DRAINED) this.#cut()
      return
    }
    if (this.#unread >= WINDOW) {
      // A reader that rests is not a server that does.
      this.#patience.end('bodyTimeout')
      body.pause()
    }
    this.#exchange.onData(chunk)
  }

  /** The rest is large and not wanted: the exchange is over, and the connection with it. */
  #cut () {
    this.#end(undefined)
    this.#req?.destroy()
    this.#exchange.onEnd('')
  }

  /** @param {http.IncomingMessage} response */
  #whole (response) {
    if (this.#over) return
    this.#end(undefined)
    const trailers = response.rawTrailers.map((text, at) => at % 2 === 0 ? text.toLowerCase() : text)
    this.#exchange.onEnd(trailers.length === 0 ? '' : `\n${trailers.join('\n')}`)
  }

  /**
   * Ends the request with an error.
   * @param {any} error
   */
  fail (error) {
    if (this.#over) return
    this.#end(error)
    this.#req?.destroy()
    const { code = 'ERR_POOL_INTERNAL', message, errno, syscall, address, port, hostname } = error
    const facts = given({ errno, syscall, address, port, hostname, origin: new URL(this.#crossing.origin).origin, reusedSocket: this.#req?.reusedSocket })
    const phase = syscall === 'getaddrinfo' ? 'dns' : this.#phase
    this.#exchange.onFail({ code, message, phase, mayHaveBeenProcessed: phase === 'head' || phase === 'body', ...facts })
  }

  /** The caller gave it up, and knows. */
  #abort () {
    if (this.#over) return
    this.#end(null)
    this.#req?.destroy()
    // Once the exchange is done with what it was told.
    queueMicrotask(() => this.#exchange.onEnd(''))
  }

  /** @param {any} error as `settled` takes it */
  #end (error) {
    this.#over = true
    this.#patience.endAll()
    this.#socket?.off('timeout', this.#stalled)
    try {
      this.#settled(error, performance.now() - this.#begun)
    } catch (thrown) {
      // By a listener of the pool's, which is no fault of the request.
      queueMicrotask(() => { throw thrown })
    }
  }

  /**
   * What the exchange tells the engine.
   * @param {number} kind
   * @param {number} _handle
   * @param {number} [argument]
   */
  #note (kind, _handle, argument = 0) {
    if (kind === Submission.BODY_END) this.#req?.end()
    else if (kind === Submission.ABORT) this.#abort()
    else if (kind === Submission.CREDIT) this.#wanted(argument)
    else if (kind === Submission.DUMP) {
      this.#unwanted = true
      this.#wanted(this.#unread)
    }
  }

  /** @param {number} bytes that were read */
  #wanted (bytes) {
    this.#unread -= bytes
    if (this.#over || this.#unread >= WINDOW || this.#body?.isPaused() !== true) return
    this.#patience.begin('bodyTimeout')
    this.#body.resume()
  }

  /**
   * A piece of a streamed body, which its source may write over.
   * @param {number} _handle
   * @param {Uint8Array} chunk
   */
  push (_handle, chunk) {
    this.#req?.write(Buffer.from(chunk), () => this.#room(chunk.length))
  }

  /** @param {number} bytes */
  #room (bytes) {
    if (!this.#over) this.#exchange.onRoom(bytes)
  }
}

module.exports = { Carrier }
