'use strict'

// A peer that speaks HTTP/2 frame by frame, so that it can say what no server says on demand, and that is strict: what the
// client does against RFC 9113 is noted.

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
const TYPES = ['DATA', 'HEADERS', 'PRIORITY', 'RST_STREAM', 'SETTINGS', 'PUSH_PROMISE', 'PING', 'GOAWAY', 'WINDOW_UPDATE', 'CONTINUATION']
const END_STREAM = 1
const END_HEADERS = 4
const ACK = 1
const MAX_FRAME = 16384
/** `:status: 200`, by its index in HPACK's static table. */
const OK = Buffer.from([0x88])

/** @typedef {{ type: string, flags: number, stream: number, payload: Buffer }} Frame */

/**
 * A field as HPACK writes it without an index.
 * @param {string} name
 * @param {string} value
 */
function field (name, value) {
  return Buffer.concat([Buffer.from([0]), text(name), text(value)])
}

/** @param {string} string */
function text (string) {
  const { length } = string
  if (length < 127) return Buffer.concat([Buffer.from([length]), Buffer.from(string)])
  const more = []
  let rest = length - 127
  for (; rest >= 128; rest = Math.floor(rest / 128)) more.push(128 + rest % 128)
  return Buffer.concat([Buffer.from([127, ...more, rest]), Buffer.from(string)])
}

/** One connection. */
class Peer {
  /** @type {Frame[]} */ #frames = []
  /** @type {(() => void) | null} */ #wake = null
  #bytes = Buffer.alloc(0)
  #greeted = false
  #lastStream = 0
  #ended = false

  /**
   * @param {import('node:net').Socket} socket
   * @param {string[]} violations
   */
  constructor (socket, violations) {
    this.socket = socket
    this.violations = violations
    /** Streams that may be open at a time; no bound holds before the client has acknowledged it. */
    this.allowed = Infinity
    /** Settings that are on their way. @type {Array<Array<[number, number]>>} */
    this.pending = []
    /** Streams that the client has begun. @type {number[]} */
    this.streams = []
    /** Those of which neither side has said the last word. @type {Map<number, { ours: boolean, theirs: boolean, window: number }>} */
    this.open = new Map()
    this.window = 65535
    this.initialWindow = 65535
    socket.on('data', chunk => this.#read(chunk))
    socket.on('close', () => { this.#ended = true; this.#wake?.() })
  }

  /** @param {Buffer} chunk */
  #read (chunk) {
    this.#bytes = Buffer.concat([this.#bytes, chunk])
    if (!this.#greeted) {
      if (this.#bytes.length < PREFACE.length) return
      if (this.#bytes.subarray(0, PREFACE.length).toString() !== PREFACE) this.violations.push('no preface')
      this.#greeted = true
      this.#bytes = this.#bytes.subarray(PREFACE.length)
    }
    while (this.#bytes.length >= 9) {
      const length = this.#bytes.readUIntBE(0, 3)
      if (this.#bytes.length < 9 + length) return
      const frame = { type: TYPES[this.#bytes[3]] ?? 'unknown', flags: this.#bytes[4], stream: this.#bytes.readUInt32BE(5) & 0x7fffffff, payload: this.#bytes.subarray(9, 9 + length) }
      this.#bytes = this.#bytes.subarray(9 + length)
      this.#judge(frame)
      this.#frames.push(frame)
    }
    this.#wake?.()
  }

  /** @param {Frame} frame */
  #judge ({ type, flags, stream, payload }) {
    const wrong = (/** @type {string} */ what) => this.violations.push(`${type} on ${stream}: ${what}`)
    if (payload.length > MAX_FRAME) wrong('too large')
    if (type === 'HEADERS') {
      if (stream % 2 === 0 || stream <= this.#lastStream) wrong('not a new stream of a client')
      this.#lastStream = stream
      this.streams.push(stream)
      this.open.set(stream, { ours: false, theirs: (flags & END_STREAM) !== 0, window: this.initialWindow })
      if (this.open.size > this.allowed) wrong(`${this.open.size} streams where ${this.allowed} are allowed`)
    }
    if (type === 'DATA') {
      const open = this.open.get(stream)
      this.window -= payload.length
      if (this.window < 0) wrong('beyond the window of the connection')
      if (open === undefined) return
      if (open.theirs) wrong('after its end')
      open.window -= payload.length
      if (open.window < 0) wrong('beyond the window of the stream')
      if ((flags & END_STREAM) !== 0) this.#closed(stream, 'theirs')
    }
    if (type === 'RST_STREAM') this.open.delete(stream)
    if (type === 'SETTINGS' && (flags & ACK) !== 0) this.#agreed(this.pending.shift() ?? [])
  }

  /** @param {Array<[number, number]>} settings */
  #agreed (settings) {
    for (const [id, value] of settings) {
      if (id === 3) this.allowed = value
      if (id !== 4) continue
      for (const open of this.open.values()) open.window += value - this.initialWindow
      this.initialWindow = value
    }
  }

  /**
   * @param {number} stream
   * @param {'ours' | 'theirs'} side
   */
  #closed (stream, side) {
    const open = this.open.get(stream)
    if (open === undefined) return
    open[side] = true
    if (open.ours && open.theirs) this.open.delete(stream)
  }

  /**
   * The next frame of a type; those before it are passed over.
   * @param {string} type
   * @returns {Promise<Frame>}
   */
  async next (type) {
    for (;;) {
      const at = this.#frames.findIndex(frame => frame.type === type)
      if (at >= 0) return this.#frames.splice(0, at + 1)[at]
      if (this.#ended) throw new Error(`the client closed before it sent ${type}`)
      await new Promise(resolve => { this.#wake = () => resolve(undefined) })
    }
  }

  /** Frames that have come and not been asked for. */
  get left () { return this.#frames }

  /** The stream of the next request. */
  async request () {
    return (await this.next('HEADERS')).stream
  }

  async gone () {
    while (!this.#ended) await new Promise(resolve => { this.#wake = () => resolve(undefined) })
  }

  /**
   * @param {string} type
   * @param {number} flags
   * @param {number} stream
   * @param {Buffer} [payload]
   */
  send (type, flags, stream, payload = Buffer.alloc(0)) {
    const head = Buffer.alloc(9)
    head.writeUIntBE(payload.length, 0, 3)
    head[3] = TYPES.indexOf(type)
    head[4] = flags
    head.writeUInt32BE(stream, 5)
    this.socket.write(Buffer.concat([head, payload]))
    return this
  }

  /** @param {Array<[number, number]>} pairs of a setting's number and its value */
  settings (...pairs) {
    const payload = Buffer.alloc(pairs.length * 6)
    pairs.forEach(([id, value], at) => {
      payload.writeUInt16BE(id, at * 6)
      payload.writeUInt32BE(value, at * 6 + 2)
    })
    this.pending.push(pairs)
    return this.send('SETTINGS', 0, 0, payload)
  }

  /** So many streams from now on. @param {number} streams */
  async allow (streams) {
    this.settings([3, streams])
    let frame
    do frame = await this.next('SETTINGS'); while ((frame.flags & ACK) === 0)
  }

  acknowledge () { return this.send('SETTINGS', ACK, 0) }

  /**
   * @param {number} stream
   * @param {Buffer} [fields]
   * @param {boolean} [last]
   */
  head (stream, fields = OK, last = false) {
    if (last) this.#closed(stream, 'ours')
    return this.send('HEADERS', END_HEADERS | (last ? END_STREAM : 0), stream, fields)
  }

  /**
   * @param {number} stream
   * @param {string | Buffer} data
   * @param {boolean} [last]
   */
  data (stream, data, last = false) {
    if (last) this.#closed(stream, 'ours')
    return this.send('DATA', last ? END_STREAM : 0, stream, Buffer.from(data))
  }

  /** A whole reply. @param {number} stream @param {string} [data] */
  answer (stream, data = 'ok') {
    return this.head(stream).data(stream, data, true)
  }

  /** @param {number} stream @param {number} code */
  reset (stream, code) {
    this.open.delete(stream)
    return this.send('RST_STREAM', 0, stream, word(code))
  }

  /** @param {number} last @param {number} [code] */
  goAway (last, code = 0) {
    return this.send('GOAWAY', 0, 0, Buffer.concat([word(last), word(code)]))
  }

  /** @param {number} stream @param {number} bytes */
  widen (stream, bytes) {
    const open = this.open.get(stream)
    if (stream === 0) this.window += bytes
    else if (open !== undefined) open.window += bytes
    return this.send('WINDOW_UPDATE', 0, stream, word(bytes))
  }
}

/** @param {number} value */
function word (value) {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

module.exports = { Peer, field, OK, END_STREAM, END_HEADERS }
