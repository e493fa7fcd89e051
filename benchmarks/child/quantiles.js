'use strict'

/**
 * Of values in ascending order the middle one, those below which 95 and 99 of 100 are, and the largest; NaN where there are none.
 * @param {ArrayLike<number>} sorted
 */
function quantiles (sorted) {
  const at = (/** @type {number} */ share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), most: at(1) }
}

module.exports = { quantiles }
