'use strict'

const { isDeepStrictEqual } = require('node:util')
const { differences } = require('./differential/differences')
const { play } = require('./differential/play')
const { serveCases } = require('./differential/server')
const { open } = require('../support/pools')
const { closedPort, httpServer } = require('../support/servers')

const GROUPS = ['input', 'init', 'headers', 'bodies', 'responses', 'redirects', 'aborts']

/** Lines without which some case would differ. @type {Set<import('./differential/differences').Difference>} */
const needed = new Set()

/**
 * @param {any} outcome
 * @param {import('./differential/differences').Difference[]} lines
 */
function levelled (outcome, lines) {
  return lines.reduce((left, { level }) => level(left), outcome)
}

describe.each(GROUPS)('%s', group => {
  /** @type {Record<string, import('./differential/play').Case>} */
  const cases = require(`./differential/cases/${group}`)

  test.each(Object.entries(cases))('%s: the pool does as the platform does', async (name, run) => {
    const { url, port } = await httpServer(serveCases)
    const pool = open()
    const stage = { url, other: `http://localhost:${port}`, closed: `http://127.0.0.1:${await closedPort()}` }
    const theirs = await play(run, { ...stage, fetch: (...args) => fetch(...(args)) })
    const ours = await play(run, { ...stage, fetch: (...args) => pool.fetch(...(args)) })
    const lines = differences.filter(({ of }) => of.test(`${group}: ${name}`))
    for (const line of lines) {
      const others = lines.filter(one => one !== line)
      if (!isDeepStrictEqual(levelled(ours, others), levelled(theirs, others))) needed.add(line)
    }
    expect(levelled(ours, lines)).toEqual(levelled(theirs, lines))
  })
})

test('no difference is allowed in vain', () => {
  expect(differences.filter(line => line.inSomeVersions !== true && !needed.has(line)).map(({ reason }) => reason)).toEqual([])
})
