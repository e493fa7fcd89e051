'use strict'

/**
 * @typedef {object} Spread
 * @property {number} median
 * @property {number} least
 * @property {number} most
 */

/**
 * @param {readonly number[]} values at least one
 * @returns {Spread}
 */
function spread (values) {
  const sorted = Float64Array.from(values).sort()
  const at = (/** @type {number} */ index) => sorted[index] ?? NaN
  const middle = sorted.length >> 1
  const median = sorted.length % 2 === 1 ? at(middle) : (at(middle - 1) + at(middle)) / 2
  return { median, least: at(0), most: at(sorted.length - 1) }
}

/**
 * Round by round: what the machine did to one it mostly did to the other, since they ran one after the other.
 * @param {readonly number[]} ours
 * @param {readonly number[]} theirs
 */
function ratio (ours, theirs) {
  return spread(ours.map((value, round) => value / /** @type {number} */ (theirs[round])))
}

/** @param {number} value three digits that matter, or all before the point */
function figure (value) {
  if (!Number.isFinite(value)) return '–'
  const places = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value) || 1)))
  return value.toLocaleString('en', { minimumFractionDigits: Math.min(places, 2), maximumFractionDigits: Math.min(places, 2) })
}

/** @param {Spread} spread */
function withSpread ({ median, least, most }) {
  return `${figure(median)} (${figure(least)}–${figure(most)})`
}

module.exports = { spread, ratio, figure, withSpread }
