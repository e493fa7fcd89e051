'use strict'

const { figure, ratio, spread, withSpread } = require('../report/numbers')
const { best, isWhole } = require('./judging')
const { REQUEST } = require('./peers')

/** @typedef {import('./compare').Compared} Compared */
/** @typedef {import('./compare').Entry} Entry */
/** @typedef {keyof import('./compare').Round} Key */

/**
 * Ratios to undici's `request`, in the order in which they are shown.
 * @type {['rate' | 'thread' | 'process' | 'p99', string][]}
 */
const RATIOS = [['rate', '/s ÷'], ['thread', 'thread ÷'], ['process', 'process ÷'], ['p99', 'p99 ÷']]

/**
 * @param {string} unit
 * @returns {[Key, string][]}
 */
const absolutes = unit => [
  ['rate', `${unit}s/s`], ['thread', 'thread µs'], ['process', 'process µs'], ['p50', 'p50 ms'], ['p95', 'p95 ms'], ['p99', 'p99 ms'],
  ['delay', 'loop p99 ms'], ['memory', 'KB each'], ['peak', 'peak MB'], ['wait', 'no CPU %'], ['server', 'server µs'], ['connections', 'conns'], ['errors', 'errors']
]

/** Figures whose spread is shown: those that are judged. */
const SPREAD = new Set(['rate', 'thread', 'process', 'p99'])

/**
 * A row for each client that was measured, ratios first; columns that nobody has are left out.
 * @param {Compared} compared
 * @returns {{ head: string[], rows: string[][] }}
 */
function rowsOf ({ unit, entries }) {
  const measured = entries.filter(isWhole)
  const base = Object.fromEntries(RATIOS.map(([key]) => [key, best(entries, REQUEST, key)]))
  const ratios = RATIOS.filter(([key]) => base[key] !== undefined)
  const shown = absolutes(unit).filter(([key]) => measured.some(entry => Number.isFinite(median(entry, key))))
  return {
    head: ['', ...ratios.map(([, what]) => what), ...shown.map(([, what]) => what)],
    rows: measured.map(entry => [
      entry.name,
      ...ratios.map(([key]) => quotient(entry, base[key], key)),
      ...shown.map(([key]) => SPREAD.has(key) ? withSpread(spreadOf(entry, key)) : figure(median(entry, key)))
    ])
  }
}

/**
 * @param {Entry} entry
 * @param {Entry | undefined} base
 * @param {Key} key
 */
function quotient (entry, base, key) {
  const [ours, theirs] = [entry, base].map(one => one?.rounds.map(round => round[key] ?? NaN) ?? [])
  return figure(ratio(ours ?? [], theirs ?? []).median)
}

/**
 * @param {Entry} entry
 * @param {Key} key
 */
function spreadOf ({ rounds }, key) {
  return spread(rounds.map(round => round[key] ?? NaN))
}

/**
 * @param {Entry} entry
 * @param {Key} key
 */
function median (entry, key) {
  return spreadOf(entry, key).median
}

/**
 * Those that were not measured, and why.
 * @param {Compared} compared
 * @returns {string[]}
 */
function failuresOf ({ entries }) {
  return entries.filter(entry => !isWhole(entry)).map(({ name, failure }) => `${name}: not measured, ${failure ?? 'no round'}`)
}

module.exports = { rowsOf, failuresOf, spreadOf }
