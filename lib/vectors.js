'use strict'

// A JSON text that is to a good part vectors of fractions, as replies with embeddings are. `JSON.parse` takes 20 to 60 ns over a
// number; read natively, and put in place afterwards, it takes 10 to 15. When it is worth it is for `src/vectors.rs` to say.

const { randomBytes } = require('node:crypto')
const { isProxy } = require('node:util').types
const native = require('./native')
const { decoded } = require('./utf8')

/** @typedef {import('./whole').Whole} Whole */

const { keys } = Object
const { parse } = JSON
/** Whoever has put a function of his own in its place, before this was loaded, wants to see the texts. */
const isPlatforms = parse.name === 'parse' && !isProxy(parse) && /\[native code\]/.test(Function.prototype.toString.call(parse))

/** Of a shorter text nothing would be gained, in bytes. */
const SHORTEST = 2048
/** Of a longer one, whose room would be three times as long, `JSON.parse` needs the least memory. */
const LONGEST = 16 * 1024 * 1024
/** The parts of a text at which it is looked at, and how many bytes of it: where it is mostly vectors it is one at some of them. They are
 * near no fraction, for at a half or a fifth one vector ends and the next begins where all are as long. */
const LOOKS = [0.2360679, 0.381966, 0.618034, 0.8541019]
const LOOK_BYTES = 48

const NUMERIC = 1
const FRACTION = 2
/** What stands in a vector, by its byte. */
const KINDS = new Uint8Array(256)
for (const character of '0123456789+-eE, \t\r\n') KINDS[character.charCodeAt(0)] = NUMERIC
KINDS['.'.charCodeAt(0)] = FRACTION

/** Bytes of the least room, and of the longest that is kept. */
const LEAST_ROOM = 64 * 1024
const LONGEST_KEPT = 4 * 1024 * 1024
/** A number of three characters and what parts it from the next. A vector of shorter ones that has no room stays where it is. */
const BYTES_A_NUMBER = 4

/** No model's vectors are longer; a longer one has room for holes, as an array of a given length has in V8. */
const LONGEST_PACKED = 4096

/** Where a text is taken apart. */
class Room {
  /** @param {number} bytes of the longest text */
  constructor (bytes) {
    this.text = Buffer.allocUnsafeSlow(bytes)
    /** How many vectors there are; then, for each, its length and its elements. */
    this.numbers = new Float64Array(bytes / BYTES_A_NUMBER)
    // No text can name a place but by guessing this, which nobody sees.
    this.mark = randomBytes(12).toString('base64')
    /** What V8 keeps as doubles side by side, without holes; and so are its slices. */
    this.packed = Array.from({ length: LONGEST_PACKED }, () => 0.5)
  }
}

/** The last room, until the next whole collection. @type {WeakRef<Room> | undefined} */
let last

/** @param {number} bytes */
function roomFor (bytes) {
  const room = last?.deref()
  if (room !== undefined && room.text.length >= bytes) return room
  const made = new Room(Math.max(LEAST_ROOM, 2 ** Math.ceil(Math.log2(bytes))))
  if (bytes <= LONGEST_KEPT) last = new WeakRef(made)
  return made
}

/**
 * The value of a JSON text, as `JSON.parse` gives it; undefined where that is to be asked about the text as it is: one of another
 * kind, or a wrong one.
 * @param {Whole} whole
 * @returns {any}
 */
function withVectors (whole) {
  if (!isPlatforms || JSON.parse !== parse || whole.length < SHORTEST || whole.length > LONGEST) return
  if (!LOOKS.some(part => isOfNumbers(whole, Math.floor(whole.length * part)))) return
  try {
    const room = roomFor(whole.length)
    const length = typeof whole === 'string' ? room.text.latin1Write(whole) : whole.copy(room.text)
    const rest = native.takeVectors(room.text, length, room.numbers, room.mark)
    return rest === 0 ? undefined : putBack(parse(decoded(room.text, rest)), room)
  } catch {
    // A SyntaxError would tell of another text; and where there is no memory for a room there may be for the value.
  }
}

/**
 * Whether a part of a text has nothing but numbers in it, with a fraction among them: over whole ones `JSON.parse` is as fast.
 * @param {Whole} whole
 * @param {number} start
 */
function isOfNumbers (whole, start) {
  let seen = 0
  for (let at = start; at < start + LOOK_BYTES; at++) {
    const kind = KINDS[/** @type {number} */ (typeof whole === 'string' ? whole.charCodeAt(at) : whole[at])]
    if (!kind) return false
    seen |= kind
  }
  return (seen & FRACTION) !== 0
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
  let left = /** @type {number} */ (room.numbers[0])
  while (left > 0 && open.length > 0) {
    const outer = open.pop()
    const names = Array.isArray(outer) ? null : keys(outer)
    const count = names === null ? outer.length : names.length
    for (let at = 0; at < count; at++) {
      const name = /** @type {any} */ (names === null ? at : names[at])
      const inner = outer[name]
      if (typeof inner !== 'object' || inner === null) continue
      const place = placeIn(inner, room.mark)
      if (place === undefined) {
        open.push(inner)
      } else {
        outer[name] = vectorAt(place, room)
        left--
      }
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
 * @param {Room} room
 */
function vectorAt (place, { numbers, packed }) {
  const count = /** @type {number} */ (numbers[place])
  const vector = count > packed.length ? new Array(count) : packed.slice(0, count)
  for (let at = 0; at < count; at++) vector[at] = /** @type {number} */ (numbers[place + 1 + at])
  return vector
}

module.exports = { withVectors }
