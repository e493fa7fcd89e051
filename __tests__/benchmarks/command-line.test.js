'use strict'

const { read } = require('../../benchmarks/command-line')
const { choose } = require('../../benchmarks/comparison/choice')
const { plans } = require('../../benchmarks/comparison/plans')
const { Refusal } = require('../../benchmarks/refusal')

const names = args => read(args).map(({ name }) => name)

test('without a name it is the whole comparison', () => {
  expect(read([])).toMatchObject([{ name: 'comparison', options: { quick: false } }])
  expect(read(['--quick'])).toMatchObject([{ name: 'comparison', options: { quick: true } }])
})

test('a name is a scenario of its own or one of the comparison', () => {
  expect(names(['tls', 'sse', '--quick'])).toEqual(['tls', 'sse'])
  expect(read(['json-50', 'open', '--peers', 'undici'])).toMatchObject([
    { name: 'comparison', options: { scenario: ['json-50', 'open'], peers: ['undici'] } }
  ])
})

test.each([
  [['nothing'], /There is no scenario 'nothing'[^]*crossing[^]*json-50[^]*wreq-js/],
  [['tls', '--frob'], /Unknown option '--frob'\. Usage: npm run bench -- tls \[--quick\]/]
])('%j is refused with what there is', (args, message) => {
  expect(() => read(args)).toThrow(Refusal)
  expect(() => read(args)).toThrow(message)
})

test('a whole run has every scenario, the classics and every peer, those too that cannot be had', () => {
  const { hasClassics, chosen } = choose({}, plans.whole)
  expect(hasClassics).toBe(true)
  expect(chosen.map(({ scenario }) => scenario.name)).toEqual([
    'json-1', 'json-50', 'json-500', 'json-tls', 'json-h2', 'embeddings', 'sse-200', 'sse-1000', 'bodies', 'fresh', 'pinned', 'open', 'busy', 'idle-plain', 'idle-tls'
  ])
  expect(chosen[1].names).toEqual(expect.arrayContaining([
    'rag-connection-pool', 'hyper', 'undici', 'undici 8', 'http.Agent', 'agentkeepalive', 'fetch', 'axios', 'node-fetch', 'got', 'impit', 'wreq-js', 'node-libcurl', '@passcod/faith'
  ]))
})

test('every bound of a scenario is beside a peer that a whole run and a quick one measure', () => {
  for (const plan of Object.values(plans)) {
    for (const { scenario, names } of choose({}, plan).chosen) {
      for (const { beside = ['undici'] } of scenario.bounds) expect(names).toEqual(expect.arrayContaining(['rag-connection-pool', ...beside]))
    }
  }
})

test('scenarios, peers and rounds can be chosen; a name with a space is written with a dash', () => {
  const { hasClassics, chosen, plan } = choose({ scenario: ['open,busy'], peers: ['undici', 'undici-8-fetch,fetch-pooled'], rounds: '9' }, plans.whole)
  expect(hasClassics).toBe(false)
  expect(chosen.map(({ scenario, names }) => [scenario.name, names])).toEqual(['open', 'busy'].map(name => [name, ['undici', 'undici 8 fetch', 'fetch, pooled']]))
  expect(plan.rounds).toBe(9)
})

test.each([
  [{ scenario: ['json-51'] }, /There is no scenario 'json-51'\. The scenarios are: classics, json-1/],
  [{ peers: ['nobody'] }, /There is no peer 'nobody'\. The peers are: rag-connection-pool, fetch-pooled/],
  [{ rounds: '0' }, /--rounds must be a number from 1 to 9999; received '0'/]
])('%j is refused', (given, message) => {
  expect(() => choose(given, plans.whole)).toThrow(Refusal)
  expect(() => choose(given, plans.whole)).toThrow(message)
})
