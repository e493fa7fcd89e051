'use strict'

// A JSON text that is mostly vectors, as replies with embeddings are. `JSON.parse` takes 30 to 60 ns over a number, in V8 of Node 20;
// read natively, and put in place afterwards, it takes 10.

const { randomBytes } = require('node:crypto')
const native = require('./native')

/** @typedef {import('./whole').Whole} Whole */

/** Of a shorter text nothing would be gained. */
const LEAST = 2048
/** Where a text is looked at, as parts of it, and how much: what is mostly vectors is one in most places. No fractions with a small
 * denominator, for at those one vector ends and the next begins where all are as long. */
const PLACES = [0.236, 0.382, 0.618, 0.854]
const GLANCE = 48
/** Room for as long a text is kept. Longer ones have their own. */
const MOST_ROOM = 256 * 1024
/** A number of two digits and what parts it from the next. What needs more room is left to `JSON.parse`. */
const BYTES_A_NUMBER = 3

/** Elements of a kind that needs no box for each, which its slices have too. */
const DOUBLES = Array.from({ length: 4096 }, () => 0.5)

/** @type {Room | undefined} */
let kept

/** Where a text is taken apart. */
class Room {
  /** @param {number} length of the text, in bytes */
  constructor (length) {
    this.text = Buffer.allocUnsafeSlow(length)
    this.numbers = new Float64Array(Math.ceil(length / BYTES_A_NUMBER))
    // A text that would be taken for it had to guess it.
    this.mark = randomBytes(12).toString('base64')
  }
}

/**
 * The value of a JSON text, as `JSON.parse` gives it; undefined where that is to be asked, for a text of another kind or a wrong one.
 * @param {Whole} whole
 * @returns {any}
 */
function withVectors (whole) {
  if (whole.length < LEAST || !PLACES.some(place => isOfNumbers(whole, Math.floor(whole.length * place)))) return
  const room = whole.length > MOST_ROOM ? new Room(whole.length) : (kept ??= new Room(MOST_ROOM))
  const length = typeof whole === 'string' ? room.text.latin1Write(whole) : whole.copy(room.text)
  const stays = native.takeVectors(room.text, length, room.numbers, room.mark)
  if (stays === 0) return
  try {
    return putBack(JSON.parse(room.text.utf8Slice(bom(room.text, stays), stays)), room)
  } catch {
    // Its message tells of the text as it is.
  }
}

/**
 * Whether a part of a text has nothing but numbers in it, and not all of them whole: over those `JSON.parse` is as fast.
 * @param {Whole} whole
 * @param {number} start
 */
function isOfNumbers (whole, start) {
  let seen = 0
  for (let at = start; at < start + GLANCE; at++) {
    const kind = KINDS[/** @type {number} */ (typeof whole === 'string' ? whole.charCodeAt(at) : whole[at])]
    if (!kind) return false
    seen |= kind
  }
  return (seen & FRACTION) !== 0
}

const NUMERIC = 1
const FRACTION = 2
/** What stands in a vector, by its byte. */
const KINDS = new Uint8Array(256)
for (const character of '0123456789+-eE, \t\r\n') KINDS[character.charCodeAt(0)] = NUMERIC
KINDS[0x2e] = FRACTION

/**
 * @param {Buffer} text
 * @param {number} length
 */
function bom (text, length) {
  return length >= 3 && text[0] === 0xef && text[1] === 0xbb && text[2] === 0xbf ? 3 : 0
}

/**
 * Puts the vectors in their places. Not by a function that calls itself: a text may be nested deeper than the stack is.
 * @param {any} value fresh from `JSON.parse`, so that nothing but data is in it
 * @param {Room} room
 */
function putBack (value, room) {
  const root = [value]
  /** @type {any[]} */
  const open = [root]
  for (let outer = open.pop(); outer !== undefined; outer = open.pop()) {
    for (const key of Array.isArray(outer) ? outer.keys() : Object.keys(outer)) {
      const inner = outer[key]
      if (typeof inner !== 'object' || inner === null) continue
      const place = placeIn(inner, room.mark)
      if (place === undefined) open.push(inner)
      else outer[key] = vectorAt(place, room.numbers)
    }
  }
  return root[0]
}

/**
 * @param {any} value
 * @param {string} mark
 */
function placeIn (value, mark) {
  if (!Array.isArray(value) || value.length !== 1) return
  const [only] = value
  if (typeof only === 'string' && only.startsWith(mark)) return Number(only.slice(mark.length))
}

/**
 * @param {number} place
 * @param {Float64Array} numbers
 */
function vectorAt (place, numbers) {
  const count = /** @type {number} */ (numbers[place])
  const vector = DOUBLES.slice(0, count)
  for (let at = 0; at < vector.length; at++) vector[at] = /** @type {number} */ (numbers[place + 1 + at])
  for (let at = vector.length; at < count; at++) vector.push(/** @type {number} */ (numbers[place + 1 + at]))
  return vector
}

module.exports = { withVectors }
