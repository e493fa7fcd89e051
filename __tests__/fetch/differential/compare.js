'use strict'

const { isDeepStrictEqual } = require('node:util')
const { play } = require('./play')

/** @typedef {import('./differences').Difference} Difference */

/**
 * Plays a case with the platform's fetch and with the pool's.
 * @param {string} name `group: name`
 * @param {import('./play').Case} run
 * @param {Omit<import('./play').Stage, 'fetch'>} stage
 * @param {import('../../..').ConnectionPoolManager} pool
 * @param {Difference[]} allowed
 * @returns {Promise<{ theirs: unknown, ours: unknown, needed: Difference[] }>} both outcomes without what is meant to differ,
 *   and the lines without which they would
 */
async function compare (name, run, stage, pool, allowed) {
  const theirs = await play(run, { ...stage, fetch: (...args) => fetch(...args) })
  const ours = await play(run, { ...stage, fetch: (...args) => pool.fetch(...args) })
  const lines = allowed.filter(({ of }) => of.test(name))
  const needed = lines.filter(line => {
    const others = lines.filter(one => one !== line)
    return !isDeepStrictEqual(levelled(ours, others), levelled(theirs, others))
  })
  return { theirs: levelled(theirs, lines), ours: levelled(ours, lines), needed }
}

/**
 * @param {any} outcome
 * @param {Difference[]} lines
 */
function levelled (outcome, lines) {
  return lines.reduce((left, { level }) => level(left), outcome)
}

module.exports = { compare }
