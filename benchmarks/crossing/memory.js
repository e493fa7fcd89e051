'use strict'

const { Contender } = require('../contender')
const { figure, spread } = require('../report/numbers')
const { table } = require('../report/table')

const IN_FLIGHT = 50
const SAMPLES = 10
/**
 * V8 doubles its young generation whenever much of it survives a collection, be that after a thousand requests
 * or after a million. Held at one small size, all of it is touched in the warm-up and no growth is its own.
 */
const YOUNG_GENERATION = ['--min-semi-space-size=2', '--max-semi-space-size=2']
/**
 * Pages that the allocators of V8 and of the engine keep or give back from one sample to the next; a leak of
 * two bytes a request would show above it.
 */
const NOISE_MEGABYTES = 2

/**
 * RSS after a garbage collection, at the end of the warm-up and after each tenth of the requests.
 * @param {import('../../__tests__/servers/launch').Server} server
 * @param {{requests: number, warmUp: number, names: readonly string[]}} plan
 */
async function memory (server, { requests, warmUp, names }) {
  const results = []
  for (const name of names) {
    const contender = new Contender(name, { nodeFlags: YOUNG_GENERATION })
    await contender.open(`http://127.0.0.1:${server.http}`, { connections: IN_FLIGHT, keepIdleMs: 60_000, read: 'json' })
    const load = { path: '/json', lanes: IN_FLIGHT, timedEvery: Infinity }
    await contender.load({ ...load, requests: warmUp })
    const samples = [await contender.memory()]
    for (let i = 0; i < SAMPLES; i++) {
      await contender.load({ ...load, requests: requests / SAMPLES })
      samples.push(await contender.memory())
    }
    await contender.close()
    results.push({ name, requests, warmUp, samples, growthMegabytes: growth(samples.map(sample => sample.rssMegabytes)) })
  }
  return results
}

/**
 * From the first samples to the last; medians of three, since a single one may catch pages on their way.
 * @param {number[]} samples
 */
function growth (samples) {
  return spread(samples.slice(-3)).median - spread(samples.slice(0, 3)).median
}

/** @param {Awaited<ReturnType<typeof memory>>} results */
function memoryText (results) {
  const rows = results.map(({ name, samples, growthMegabytes }) => {
    const rss = samples.map(sample => figure(sample.rssMegabytes))
    return [name, `${growthMegabytes < 0 ? '−' : '+'}${figure(Math.abs(growthMegabytes))}`, rss.join(' ')]
  })
  const { requests = 0, warmUp = 0 } = results[0] ?? {}
  return `RSS over ${figure(requests)} requests, ${IN_FLIGHT} in flight, after ${figure(warmUp)} of warm-up, each after a garbage collection\n` +
    table(['', 'growth, MB', 'RSS, MB'], rows)
}

/**
 * @param {Awaited<ReturnType<typeof memory>>} results
 * @returns {import('../report/targets').Target[]}
 */
function memoryTargets ([ours]) {
  if (ours === undefined) return []
  return [{
    what: `growth of RSS over ${figure(ours.requests)} requests, MB`,
    measured: ours.growthMegabytes,
    sense: '≤',
    bound: NOISE_MEGABYTES
  }]
}

module.exports = { memory, memoryText, memoryTargets }
