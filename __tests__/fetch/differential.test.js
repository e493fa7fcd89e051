'use strict'

const { groups } = require('./differential/cases')
const { compare } = require('./differential/compare')
const { differences } = require('./differential/differences')
const { serveCases } = require('./differential/server')
const { open } = require('../support/pools')
const { closedPort, httpServer } = require('../support/servers')

/** Lines without which some case would differ. @type {Set<import('./differential/differences').Difference>} */
const seen = new Set()

describe.each(groups)('%s', (group, cases) => {
  test.each(Object.entries(cases))('%s: the pool does as the platform does', async (name, run) => {
    const { url, port } = await httpServer(serveCases)
    const stage = { url, other: `http://localhost:${port}`, closed: `http://127.0.0.1:${await closedPort()}` }
    const { theirs, ours, needed } = await compare(`${group}: ${name}`, run, stage, open(), differences)
    needed.forEach(line => seen.add(line))
    expect(ours).toEqual(theirs)
  })
})

test('no difference is allowed in vain', () => {
  expect(differences.filter(line => line.inSomeVersions !== true && !seen.has(line)).map(({ reason }) => reason)).toEqual([])
})
