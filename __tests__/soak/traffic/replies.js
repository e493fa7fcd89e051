'use strict'

const { Readable } = require('node:stream')
const zlib = require('node:zlib')
const { Wrong } = require('../calls')

/** What `/bytes` sends, byte i of which is i mod 256; chunks are compared with as much of it at a time. */
const PERIOD = 256
const SENT = Buffer.from(Array.from({ length: PERIOD + 64 * 1024 }, (_, i) => i))
const AT_ONCE = SENT.length - PERIOD

/** Whether what came of `/bytes` is what was sent. */
class Pattern {
  #at = 0

  /** @param {Uint8Array} chunk */
  take (chunk) {
    for (let done = 0; done < chunk.length; done += AT_ONCE) {
      const piece = chunk.subarray(done, done + AT_ONCE)
      const from = this.#at % PERIOD
      if (SENT.compare(piece, 0, piece.length, from, from + piece.length) !== 0) throw new Wrong(`bytes from ${this.#at} on are not those that were sent`)
      this.#at += piece.length
    }
  }

  /** @param {number} length */
  end (length) {
    if (this.#at !== length) throw new Wrong(`${this.#at} of ${length} bytes came`)
  }
}

/** Whether each token of a stream of events came, in order. */
class Tokens {
  #rest = ''
  #next = 0
  #isDone = false

  /** @param {Uint8Array} chunk */
  take (chunk) {
    const events = (this.#rest + Buffer.from(chunk).toString('latin1')).split('\n\n')
    this.#rest = events.pop() ?? ''
    for (const event of events) this.#event(event)
  }

  /** @param {string} event */
  #event (event) {
    if (event === 'data: [DONE]') {
      this.#isDone = true
      return
    }
    const index = /"index":(\d+)/.exec(event)?.[1]
    if (Number(index) !== this.#next) throw new Wrong(`token ${index} came where ${this.#next} was due`)
    this.#next++
  }

  /** @param {number} count */
  end (count) {
    if (this.#next !== count || !this.#isDone || this.#rest !== '') throw new Wrong(`${this.#next} of ${count} tokens came`)
  }
}

/** @param {number} status @param {number} [wanted] */
function ensureStatus (status, wanted = 200) {
  if (status !== wanted) throw new Wrong(`status ${status} instead of ${wanted}`)
}

/** @param {any} got what the server says of a body @param {Buffer} sent */
function ensureTaken (got, sent) {
  if (got.bytes !== sent.length) throw new Wrong(`the server took ${got.bytes} of ${sent.length} bytes`)
  if (got.crc32 !== zlib.crc32(sent)) throw new Wrong(`the server took ${sent.length} bytes, and others than those that were sent`)
}

/** Bytes of which no part is like another. */
const LONGEST = 400_000
const UPLOADED = scattered(2 * LONGEST)

/** @param {number} length */
function scattered (length) {
  const bytes = Buffer.alloc(length)
  // Marsaglia's xorshift, which repeats itself after 2³² steps.
  for (let i = 0, state = 1; i < length; i++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    bytes[i] = state
  }
  return bytes
}

/**
 * A body of so many bytes, which is hardly any other's.
 * @param {import('../dice').Dice} dice
 * @param {number} length up to `LONGEST`
 */
function upload (dice, length) {
  const from = dice.between(0, LONGEST)
  return UPLOADED.subarray(from, from + length)
}

/**
 * A body in pieces of all sizes.
 * @param {import('../dice').Dice} dice
 * @param {Buffer} whole
 */
async function * pieces (dice, whole) {
  for (let rest = whole; rest.length > 0;) {
    const size = dice.between(1, 40_000)
    if (dice.chance(0.2)) await new Promise(resolve => { setTimeout(resolve, dice.between(0, 5)) })
    // A copy, as a source's chunks are its own.
    yield Buffer.from(rest.subarray(0, size))
    rest = rest.subarray(size)
  }
}

/**
 * A body of one of the kinds that fetch takes. Of some the platform makes its own stream, and each may outlive its request.
 * @param {import('../dice').Dice} dice
 * @param {Buffer} whole
 * @returns {any}
 */
function source (dice, whole) {
  return dice.pick([
    () => whole,
    () => pieces(dice, whole),
    () => Readable.from(pieces(dice, whole)),
    () => ReadableStream.from(pieces(dice, whole)),
    () => new Blob([whole])
  ])()
}

let lastNumber = 0

/**
 * A small reply that is told from all others, over each of the protocols: by its content, its length or its time.
 * @param {import('../dice').Dice} dice
 * @returns {{ path: string, ensure: (text: string) => void }} what is asked for, and what holds for its body
 */
function numbered (dice) {
  const number = ++lastNumber
  const size = dice.between(16, 30_000)
  return dice.pick([
    { path: `/headers?id=${number}`, ensure: text => ensureIs('target', JSON.parse(text).target, `/headers?id=${number}`) },
    { path: `/json?bytes=${size}`, ensure: text => ensureIs('length', JSON.parse(text) && text.length, size) },
    { path: `/delay?ms=${dice.between(0, 5000)}`, ensure: text => ensureIs('length', JSON.parse(text) && text.length, 200) }
  ])
}

/**
 * A reply of the fault server's that is told from all others.
 * @returns {{ path: string, ensure: (text: string) => void }}
 */
function echoed () {
  const number = ++lastNumber
  return { path: `/echo?id=${number}`, ensure: text => ensureIs('number', text, String(number)) }
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz'

/** What `/json` sends where it is asked for so many bytes. @param {number} size 16 or more */
function fillerOf (size) {
  const length = size - '{"filler":""}'.length
  return `{"filler":"${ALPHABET.repeat(Math.ceil(length / ALPHABET.length)).slice(0, length)}"}`
}

/**
 * A reply of which it is known what has to come.
 * @param {import('../dice').Dice} dice
 * @returns {{ path: string, ensure: (whole: Buffer) => void }} what is asked for, and what holds for its body
 */
function known (dice) {
  const size = dice.between(16, 30_000)
  const length = dice.between(1, 300_000)
  const count = dice.between(1, 5)
  return dice.pick([
    { path: `/json?bytes=${size}`, ensure: whole => { if (whole.toString('latin1') !== fillerOf(size)) throw new Wrong(`${whole.length} bytes of JSON came that are not the ${size} that were sent`) } },
    { path: `/bytes?n=${length}&chunked=${dice.between(0, 1)}`, ensure: whole => { const pattern = new Pattern(); pattern.take(whole); pattern.end(length) } },
    { path: `/sse?tokens=${count}&every=10`, ensure: whole => { const tokens = new Tokens(); tokens.take(whole); tokens.end(count) } }
  ])
}

/** @param {string} what @param {unknown} got @param {unknown} due */
function ensureIs (what, got, due) {
  if (got !== due) throw new Wrong(`the reply of another: its ${what} is ${got} where ${due} was asked for`)
}

module.exports = { Pattern, Tokens, echoed, ensureStatus, ensureTaken, known, numbered, pieces, source, upload }
