'use strict'

const { isReached, shown } = require('../report/targets')

/** @typedef {import('../report/targets').Target & { replaced?: string }} Target */
/** @typedef {Target & { reached: boolean, shown: string, must: string }} Judged */

/**
 * @typedef {object} Results
 * @property {string} date
 * @property {boolean} quick
 * @property {string} where the machine, in a sentence
 * @property {object} machine
 * @property {object} plan
 * @property {Record<string, string>} versions
 * @property {Judged[]} targets
 * @property {Judged[]} classics
 * @property {import('./compare').Compared[]} compared
 */

/**
 * @param {readonly Target[]} targets
 * @returns {Judged[]}
 */
function judge (targets) {
  return targets.map(target => ({ ...target, reached: isReached(target), shown: shown(target), must: `${target.sense} ${target.bound}` }))
}

module.exports = { judge }
