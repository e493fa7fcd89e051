'use strict'

const { identity, tell } = require('./compare')
const { scenarios } = require('./scenarios')

/** @type {Map<string, import('./play').Told>} */ let node
/** @type {Map<string, import('./play').Told>} */ let again

beforeAll(async () => {
  const given = await identity()
  node = await tell('node', given)
  again = await tell('node', given)
}, 180_000)

test('every scenario has a name of its own', () => {
  expect(new Set(scenarios.map(({ name }) => name)).size).toBe(scenarios.length)
})

test.each(scenarios.map(({ name }) => name))('%s: Node\'s own agent plays it to its end and tells the same twice', name => {
  const told = node.get(name)
  expect(told?.client.filter(line => /^note "?(the scenario failed|the end failed)/.test(line))).toEqual([])
  expect(again.get(name)).toEqual(told)
})
