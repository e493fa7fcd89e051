'use strict'

const { figure, ratio, spread } = require('../report/numbers')
const { OURS, REQUEST } = require('./peers')

/** @typedef {import('./compare').Compared} Compared */
/** @typedef {import('./compare').Entry} Entry */
/** @typedef {import('./compare').Round} Round */

/** What a figure is called, and whether more of it is better. */
const NAMES = /** @type {const} */ ({
  rate: { what: 'a second', isMoreBetter: true },
  thread: { what: 'CPU of the JavaScript thread', isMoreBetter: false },
  process: { what: 'CPU of the process', isMoreBetter: false },
  p99: { what: 'p99', isMoreBetter: false }
})

/** @typedef {keyof typeof NAMES} Judged */

/**
 * Whichever of them has the best median of a figure.
 * @param {readonly Entry[]} entries
 * @param {readonly string[]} names
 * @param {Judged} key
 * @returns {Entry | undefined} undefined where none of them has it
 */
function best (entries, names, key) {
  const sign = NAMES[key].isMoreBetter ? 1 : -1
  const median = (/** @type {Entry} */ { rounds }) => sign * spread(rounds.map(round => round[key] ?? NaN)).median
  const able = entries.filter(entry => names.includes(entry.name) && isWhole(entry) && Number.isFinite(median(entry)))
  return able.reduce((/** @type {Entry | undefined} */ best, entry) => best === undefined || median(entry) > median(best) ? entry : best, undefined)
}

/** @param {Entry} entry */
function isWhole ({ rounds, failure }) {
  return failure === undefined && rounds.length > 0
}

/**
 * A scenario's bounds, as far as those take part that they speak of. Where one of these failed, the bound is missed.
 * @param {Compared} compared
 * @returns {import('../report/targets').Target[]}
 */
function targetsOf ({ title, entries, unit, bounds }) {
  const present = entries.filter(({ isAbsent }) => isAbsent !== true)
  const ours = present.find(({ name }) => name === OURS)
  if (ours === undefined) return []
  return bounds.flatMap(({ figure: key, sense, bound, beside = REQUEST }) => {
    const other = best(entries, beside, key) ?? present.find(({ name }) => beside.includes(name))
    if (other === undefined) return []
    const what = `${title}: ${key === 'rate' ? `${unit}s ${NAMES.rate.what}` : NAMES[key].what}, of ${other.name}`
    const failed = [ours, other].filter(entry => !isWhole(entry))
    if (failed.length > 0) return [{ what, measured: NaN, sense, bound, spread: `${failed.map(({ name }) => name).join(', ')}: not measured` }]
    const { median, least, most } = ratio(ours.rounds.map(round => round[key] ?? NaN), other.rounds.map(round => round[key] ?? NaN))
    return [{ what, measured: median, sense, bound, spread: `${figure(least)}–${figure(most)}` }]
  })
}

module.exports = { best, isWhole, targetsOf }
