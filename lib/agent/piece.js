'use strict'

/**
 * A head comes as text of which each character is a byte, and is that for the slab, too.
 * @param {Buffer | string} chunk
 * @param {BufferEncoding} encoding of text
 * @returns {import('../ring/raw-lease').Piece}
 */
function pieceOf (chunk, encoding) {
  return typeof chunk !== 'string' || encoding === 'latin1' ? chunk : Buffer.from(chunk, encoding)
}

module.exports = { pieceOf }
