'use strict'

const { figure } = require('./numbers')
const { table } = require('./table')

/**
 * What a scenario has to reach. A miss is a result, no failure of the run.
 * @typedef {object} Target
 * @property {string} what
 * @property {number} measured
 * @property {'≤' | '≥'} sense
 * @property {number} bound
 * @property {string} [spread] how far the rounds lie apart
 */

/** @param {Target} target */
function isReached ({ measured, sense, bound }) {
  return sense === '≤' ? measured <= bound : measured >= bound
}

/**
 * A figure that misses its bound by less than what is shown of it gets the digits that tell.
 * @param {Target} target
 */
function shown (target) {
  const { measured, bound } = target
  const text = figure(measured)
  return isReached(target) || text !== figure(bound) ? text : measured.toPrecision(5)
}

/** @param {readonly Target[]} targets */
function targetTable (targets) {
  const missed = targets.filter(target => !isReached(target)).length
  const rows = targets.map(target => [
    `${isReached(target) ? '✓' : '✗'} ${target.what}`,
    shown(target),
    target.spread ?? '',
    `${target.sense} ${target.bound}`
  ])
  const verdict = missed === 0 ? 'all targets reached' : `${missed} of ${targets.length} targets MISSED`
  return `Targets: ${verdict}\n${table(['', 'measured', 'least–most', 'target'], rows)}`
}

module.exports = { isReached, shown, targetTable }
