'use strict'

const { memory, memoryTargets, memoryText } = require('../crossing/memory')
const { TRAFFIC, traffic, trafficTargets } = require('../crossing/traffic')
const { count, oneOf } = require('../refusal')
const { seriesText } = require('../report/series')
const { study } = require('../study')

const PARTS = ['traffic', 'memory']

const plans = {
  whole: {
    parts: PARTS,
    traffic: { rounds: 5, seconds: 2, warmSeconds: 4, read: /** @type {'json' | 'text'} */ ('json') },
    memory: { requests: 1_000_000, warmUp: 200_000, names: ['rag-connection-pool', 'undici'] }
  },
  quick: {
    parts: PARTS,
    traffic: { rounds: 2, seconds: 0.5, warmSeconds: 1, read: /** @type {'json' | 'text'} */ ('json') },
    memory: { requests: 100_000, warmUp: 50_000, names: ['rag-connection-pool'] }
  }
}

/**
 * @typedef {object} Results
 * @property {Awaited<ReturnType<typeof traffic>>} [traffic]
 * @property {Awaited<ReturnType<typeof memory>>} [memory]
 */

/** Small replies over plain HTTP/1.1, beside undici: what a request costs, and what it never costs. */
module.exports = study({
  name: 'crossing',
  usage: `[--rounds N] [--part ${PARTS.join('|')}] [--read json|text]`,
  options: { rounds: { type: 'string' }, part: { type: 'string' }, read: { type: 'string', default: 'json' } },
  plans,
  settle: (plan, { rounds, part, read }) => ({
    ...plan,
    parts: part === undefined ? PARTS : [oneOf('part', part, PARTS)],
    traffic: {
      ...plan.traffic,
      rounds: rounds === undefined ? plan.traffic.rounds : count('rounds', rounds),
      read: /** @type {'json' | 'text'} */ (oneOf('read', read, ['json', 'text']))
    }
  }),
  servers: { 'bench-server': [] },
  async measure (plan, { 'bench-server': server }) {
    const { parts } = plan
    /** @type {Results} */ const results = {}
    if (parts.includes('traffic')) results.traffic = await traffic(server, plan.traffic)
    if (parts.includes('memory')) results.memory = await memory(server, plan.memory)
    return results
  },
  tell: ({ traffic, memory }) => ({
    versions: traffic?.versions ?? {},
    targets: [
      ...(traffic === undefined ? [] : trafficTargets(traffic)), ...memoryTargets(memory ?? [])
    ],
    texts: [
      ...(traffic === undefined ? [] : [seriesText('50 in flight', traffic.many, TRAFFIC), seriesText('One in flight', traffic.one, TRAFFIC)]),
      ...(memory === undefined ? [] : [memoryText(memory)])
    ]
  })
})
