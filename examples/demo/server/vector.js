'use strict'

// Embeddings without a model: stems, pairs of stems and pieces of stems are hashed into a vector, so that texts about
// the same things point the same way. The same text always gives the same vector, whatever was embedded before it.

const { terms } = require('./terms')

const DIMENSIONS = 1024
const PIECE = 4
const WEIGHT = { stem: 1, pair: 0.5, piece: 0.15 }

/**
 * @param {string} text
 * @param {number} [dimensions]
 * @returns {Float32Array} of length 1
 */
function embed (text, dimensions = DIMENSIONS) {
  const vector = new Float32Array(dimensions)
  for (const [feature, weight] of features(terms(text))) {
    const hash = fnv1a(feature)
    const at = (hash >>> 1) % dimensions
    // The sign comes from the hash too: features that meet in one place cancel on average instead of adding up.
    vector[at] = (vector[at] ?? 0) + (hash & 1 ? weight : -weight)
  }
  return normalised(vector)
}

/**
 * Counts grow by their logarithm, and rarity, which a text alone cannot tell, is guessed from length (Zipf's law of
 * abbreviation).
 * @param {string[]} stems
 */
function features (stems) {
  /** @type {Map<string, number>} */
  const found = new Map()
  /** @type {Map<string, number>} */
  const counts = new Map()
  for (const stem of stems) counts.set(stem, (counts.get(stem) ?? 0) + 1)

  /** @param {string} feature @param {number} weight */
  const add = (feature, weight) => found.set(feature, (found.get(feature) ?? 0) + weight)

  for (const [stem, count] of counts) {
    const weight = (1 + Math.log(count)) * Math.min(1.5, 0.5 + stem.length / 8)
    add(stem, weight * WEIGHT.stem)
    for (let at = 0; at + PIECE <= stem.length; at++) add(`*${stem.slice(at, at + PIECE)}`, weight * WEIGHT.piece)
  }
  stems.slice(1).forEach((stem, before) => add(`${stems[before]} ${stem}`, WEIGHT.pair))
  return found
}

/** @param {string} text */
function fnv1a (text) {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  // FNV's lowest bits are its weakest.
  hash ^= hash >>> 15
  return Math.imul(hash, 0x2c1b3c6d) >>> 0
}

/** @param {Float32Array} vector */
function normalised (vector) {
  const length = Math.hypot(...vector)
  return length === 0 ? vector : vector.map(value => value / length)
}

module.exports = { embed, DIMENSIONS }
