'use strict'

// A body that is there whole, and what it is asked for as.

const { withVectors } = require('./vectors')

/** @typedef {string | Buffer} Whole  a string is ASCII */

const EMPTY = Buffer.alloc(0)

/**
 * @param {Whole} whole
 * @returns {Buffer}
 */
function bytesOf (whole) {
  if (typeof whole === 'string') return whole === '' ? EMPTY : Buffer.from(whole, 'latin1')
  return whole
}

/**
 * UTF-8, without its byte order mark, as fetch and undici decode.
 * @param {Whole} whole
 * @returns {string}
 */
function textOf (whole) {
  if (typeof whole === 'string') return whole
  const marked = whole.length >= 3 && whole[0] === 0xef && whole[1] === 0xbb && whole[2] === 0xbf
  return whole.utf8Slice(marked ? 3 : 0, whole.length)
}

/** A value that has vectors is neither `null` nor `undefined`. @param {Whole} whole */
const jsonOf = whole => withVectors(whole) ?? JSON.parse(textOf(whole))

/**
 * In a store of its own: a small Buffer is a view of one that it shares with others.
 * @param {Whole} whole
 * @param {boolean} [isJoined] it was put together for this, and nobody else has it
 */
function ownBytesOf (whole, isJoined = false) {
  const bytes = bytesOf(whole)
  return isJoined && bytes.length === bytes.buffer.byteLength ? new Uint8Array(bytes.buffer) : new Uint8Array(bytes)
}

/**
 * @param {Whole} whole
 * @param {boolean} [isJoined]
 */
const arrayBufferOf = (whole, isJoined) => ownBytesOf(whole, isJoined).buffer

module.exports = { arrayBufferOf, bytesOf, jsonOf, ownBytesOf, textOf }
