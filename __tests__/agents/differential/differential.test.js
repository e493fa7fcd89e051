'use strict'

const { nodes } = require('../../install/nodes')
const { identity, tell } = require('./compare')
const { DIFFERENCES, WORDS } = require('./differences')
const { lineDifference } = require('./line-difference')
const { scenarios } = require('./scenarios')

/** @typedef {import('./play').Told} Told */

const names = scenarios.map(({ name }) => name)
const played = nodes()

/** What was told on each Node. @type {Map<number, { node: Map<string, Told>, pool: Map<string, Told> }>} */
const told = new Map()
/** What the Node that runs this told another time. @type {Map<string, Told>} */ let again

beforeAll(async () => {
  const given = await identity()
  for (const { major, node: execPath } of played) {
    const [node, pool] = await Promise.all([tell('node', given, { execPath }), tell('pool', given, { execPath })])
    told.set(major, { node, pool })
  }
  again = await tell('node', given)
}, 300_000)

/** What one of the two told, without the words that may differ. @param {number} major @param {'node' | 'pool'} kind @param {string} name */
function read (major, kind, name) {
  const { client, server } = /** @type {Told} */ (told.get(major)?.[kind].get(name))
  return [...client, ...server].map(line => WORDS.reduce((text, { said, read }) => text.replace(said, read), line))
}

/** @param {number} major @param {string} name */
function differing (major, name) {
  const { nodes, ours } = lineDifference(read(major, 'node', name), read(major, 'pool', name))
  return { nodes, ours, all: [...nodes, ...ours] }
}

test('every scenario has a name of its own', () => {
  expect(new Set(names).size).toBe(names.length)
})

test.each(names)('%s: Node\'s own agent tells the same twice', name => {
  expect(again.get(name)).toEqual(told.get(played[0].major)?.node.get(name))
})

describe.each(played.map(({ major }) => major))('on Node %i', major => {
  test.each(names)('%s: Node\'s own agent plays it to its end', name => {
    expect(read(major, 'node', name).filter(line => /^note the (scenario|end) failed/.test(line))).toEqual([])
  })

  test.each(names)('%s: the pool\'s agent tells what Node\'s tells', name => {
    const allowed = DIFFERENCES.filter(({ scenarios, on = [major] }) => scenarios.test(name) && on.includes(major)).flatMap(({ lines }) => lines)
    const { nodes, ours } = differing(major, name)
    const unallowed = lines => lines.filter(line => !allowed.some(pattern => pattern.test(line)))
    expect({ onlyNode: unallowed(nodes), onlyPool: unallowed(ours) }).toEqual({ onlyNode: [], onlyPool: [] })
  })
})

test.each(DIFFERENCES)('the difference is still there: $reason', ({ scenarios, lines, on }) => {
  const seen = played.map(({ major }) => major).filter(major => on === undefined || on.includes(major))
  const found = seen.flatMap(major => names.filter(name => scenarios.test(name)).flatMap(name => differing(major, name).all))
  expect(seen.length === 0 || found.some(line => lines.some(pattern => pattern.test(line)))).toBe(true)
})

test.each(WORDS)('$said is still said', ({ said }) => {
  const all = [...told.values()].flatMap(({ node, pool }) => [...node.values(), ...pool.values()]).flatMap(({ client }) => client)
  expect(all.some(line => line.search(said) >= 0)).toBe(true)
})
