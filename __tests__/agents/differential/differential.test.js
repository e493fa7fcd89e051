'use strict'

const { identity, tell } = require('./compare')
const { FAULTS, MAY_DIFFER, SAID_OTHERWISE } = require('./differences')
const { scenarios } = require('./scenarios')

/** @typedef {import('./play').Told} Told */

const names = scenarios.map(({ name }) => name)
const alike = names.filter(name => !(name in MAY_DIFFER) && !(name in FAULTS))

/** @type {Map<string, Told>} */ let node
/** @type {Map<string, Told>} */ let again
/** @type {Map<string, Told>} */ let pool

beforeAll(async () => {
  const given = await identity()
  node = await tell('node', given)
  again = await tell('node', given)
  pool = await tell('pool', given)
}, 300_000)

/** What the pool's agent told, in Node's words. @param {string} name */
function translated (name) {
  const inNodesWords = lines => lines.map(line => SAID_OTHERWISE.reduce((text, { ours, nodes }) => text.replace(ours, nodes), line))
  const { client, server } = /** @type {Told} */ (pool.get(name))
  return { client: inNodesWords(client), server: inNodesWords(server) }
}

test('every scenario has a name of its own', () => {
  expect(new Set(names).size).toBe(names.length)
})

test.each(names)('%s: Node\'s own agent plays it to its end and tells the same twice', name => {
  const told = node.get(name)
  expect(told?.client.filter(line => /^note the (scenario|end) failed/.test(line))).toEqual([])
  expect(again.get(name)).toEqual(told)
})

test.each(alike)('%s: the pool\'s agent tells what Node\'s tells', name => {
  expect(translated(name)).toEqual(node.get(name))
})

test.each([...Object.keys(MAY_DIFFER), ...Object.keys(FAULTS)])('%s: is a scenario, and still told otherwise', name => {
  expect(names).toContain(name)
  expect(translated(name)).not.toEqual(node.get(name))
})

test.each(SAID_OTHERWISE)('$ours is still said', ({ ours }) => {
  const said = [...pool.values()].flatMap(({ client, server }) => [...client, ...server])
  expect(said.some(line => line.search(ours) >= 0)).toBe(true)
})
