'use strict'

/**
 * Bytes as UTF-8, without their byte order mark, as fetch and undici decode.
 * @param {Buffer} bytes
 * @param {number} [length] of those that count
 * @returns {string}
 */
function decoded (bytes, length = bytes.length) {
  const isMarked = length >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
  return bytes.utf8Slice(isMarked ? 3 : 0, length)
}

module.exports = { decoded }
