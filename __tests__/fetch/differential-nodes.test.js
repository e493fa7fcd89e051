'use strict'

// The same cases on each Node that the package is for, in processes without Jest.

const { execFile } = require('node:child_process')
const path = require('node:path')
const { promisify } = require('node:util')
const { groups } = require('./differential/cases')
const { differences } = require('./differential/differences')
const { MAJORS, nodes } = require('../install/nodes')

const CHILD = path.join(__dirname, 'differential', 'child.js')
const MOST_TOLD = 64 * 1024 * 1024

const names = groups.flatMap(([group, cases]) => Object.keys(cases).map(name => `${group}: ${name}`))
const played = nodes()

/** What was told on each Node, by the case's name. @type {Map<number, Map<string, import('./differential/child').Told>>} */
const told = new Map()

beforeAll(async () => {
  for (const { major, node } of played) told.set(major, await tell(node))
}, 300_000)

/** @param {string} node */
async function tell (node) {
  const { stdout } = await promisify(execFile)(node, [CHILD], { env: { ...process.env, NODE_OPTIONS: '' }, maxBuffer: MOST_TOLD })
  return new Map(stdout.trimEnd().split('\n').map(line => JSON.parse(line)).map(one => [one.name, one]))
}

describe.each(played.map(({ major }) => major))('on Node %i', major => {
  test.each(names)('%s: the pool does as the platform does', name => {
    const { isSame, ours, theirs } = told.get(major).get(name)
    if (!isSame) expect(ours).toBe(theirs)
    expect(isSame).toBe(true)
  })
})

/** Lines that some Node needs. Where one could not be had, nothing is known of those that only some versions need. */
test('no difference is allowed in vain', () => {
  const needed = new Set([...told.values()].flatMap(cases => [...cases.values()].flatMap(one => one.needed)))
  const isKnown = played.length === MAJORS.length
  const inVain = differences.filter((line, at) => line.inJest !== true && !needed.has(at) && (isKnown || line.inSomeVersions !== true))
  expect(inVain.map(({ reason }) => reason)).toEqual([])
})
