'use strict'

/**
 * Vectors kept in memory beside what they stand for, searched one by one.
 * @template T
 */
class VectorIndex {
  /** @type {Array<{ item: T, vector: Float32Array }>} */
  #entries = []

  /**
   * @param {T} item
   * @param {Float32Array} vector
   */
  add (item, vector) {
    this.#entries.push({ item, vector: normalised(vector) })
  }

  /**
   * @param {Float32Array} vector
   * @param {number} count
   * @returns {T[]} the nearest by angle, nearest first
   */
  nearest (vector, count) {
    const direction = normalised(vector)
    return this.#entries
      .map(entry => ({ item: entry.item, closeness: dot(entry.vector, direction) }))
      .sort((a, b) => b.closeness - a.closeness)
      .slice(0, count)
      .map(({ item }) => item)
  }
}

/**
 * @param {Float32Array} a
 * @param {Float32Array} b
 */
function dot (a, b) {
  return a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0)
}

/** @param {Float32Array} vector */
function normalised (vector) {
  const length = Math.sqrt(dot(vector, vector))
  return length === 0 ? vector : vector.map(value => value / length)
}

module.exports = { VectorIndex }
