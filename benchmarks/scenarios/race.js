'use strict'

const { raced, together, KINDS, IN_FLIGHT, CLOSE_WITHIN_MS } = require('../race/raced')
const { raceTable, raceTargets } = require('../race/told')
const { count, oneOf } = require('../refusal')
const { study } = require('../study')

const OURS = ['rag-connection-pool', 'fetch, pooled', 'http.Agent, pooled']
const OTHERS = ['undici', 'http.Agent', 'agentkeepalive']

/** Who runs, and how often. */
const plans = {
  whole: { requests: { get: 100_000, keyed: 20_000, post: 20_000 }, rounds: 10, by: /** @type {'fin' | 'reset'} */ ('fin'), names: [...OURS, ...OTHERS] },
  quick: { requests: { get: 2_000, keyed: 1_000, post: 1_000 }, rounds: 1, by: /** @type {'fin' | 'reset'} */ ('fin'), names: [...OURS, ...OTHERS] }
}

/** The keep-alive race: each way in, and other clients beside it, against a server that closes idle connections at random. */
module.exports = study({
  name: 'race',
  usage: '[--rounds N] [--by fin|reset] [--client NAME]…',
  options: { rounds: { type: 'string' }, by: { type: 'string', default: 'fin' }, client: { type: 'string', multiple: true, default: [] } },
  plans,
  settle: (plan, { rounds, by, client }) => ({
    ...plan,
    rounds: rounds === undefined ? plan.rounds : count('rounds', rounds),
    by: /** @type {'fin' | 'reset'} */ (oneOf('by', by, ['fin', 'reset'])),
    names: client.length === 0 ? plan.names : client.map((/** @type {string} */ name) => oneOf('client', name, plan.names))
  }),
  servers: { 'fault-server': [] },
  async measure (plan, { 'fault-server': server }) {
    /** @type {Map<string, import('../race/raced').Raced>} */
    const results = new Map()
    for (let round = 0; round < plan.rounds; round++) {
      for (const name of plan.names) await raceAll(server, name, plan, results)
    }
    return { results: [...results.values()] }
  },
  tell: ({ results }) => ({
    versions: Object.fromEntries(results.map(({ name, version }) => [name, version])),
    targets: raceTargets(results.filter(({ name }) => OURS.includes(name))),
    texts: [`${IN_FLIGHT} in flight, against connections that end after 0–${CLOSE_WITHIN_MS} ms idle by ${results[0]?.by}\n${raceTable(results)}`]
  })
})

/**
 * Each kind of request through one client, added to what it did before.
 * @param {import('../study').Server} server
 * @param {string} name
 * @param {typeof plans.whole} plan
 * @param {Map<string, import('../race/raced').Raced>} results
 */
async function raceAll (server, name, { requests, by }, results) {
  for (const kind of /** @type {const} */ (['get', 'keyed', 'post'])) {
    const one = await raced(server, name, KINDS[kind], requests[kind], by)
    const key = `${name}, ${kind}`
    const before = results.get(key)
    results.set(key, before === undefined ? one : together(before, one))
    // A whole run takes hours on a slow machine, and one that is cut short has told what it saw.
    process.stderr.write(raceTable([one]))
  }
}
