'use strict'

// A body that is there whole, and what it is asked for as.

const { decoded } = require('./utf8')
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

/** @param {Whole} whole */
const textOf = whole => typeof whole === 'string' ? whole : decoded(whole)

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
