'use strict'

const { launch } = require('../../__tests__/servers/launch')
const { raced, KINDS, IN_FLIGHT, CLOSE_WITHIN_MS } = require('../race/raced')
const { raceTable, raceTargets } = require('../race/told')
const { Refusal } = require('../refusal')
const { machine, machineText } = require('../report/machine')
const { save } = require('../report/save')
const { isReached, targetTable } = require('../report/targets')

const OURS = ['rag-connection-pool', 'fetch, pooled', 'http.Agent, pooled']
const OTHERS = ['undici', 'http.Agent', 'agentkeepalive']

const WHOLE = { ours: { get: 1_000_000, keyed: 200_000, post: 200_000 }, others: { get: 100_000, keyed: 20_000, post: 20_000 } }
/** Enough to see whether everything works, too little to judge by. */
const QUICK = { ours: { get: 20_000, keyed: 10_000, post: 10_000 }, others: { get: 2_000, keyed: 2_000, post: 2_000 } }

const usage = '[--quick] [--by fin|reset] [--client NAME]…'
const options = /** @type {const} */ ({ quick: { type: 'boolean', default: false }, by: { type: 'string', default: 'fin' }, client: { type: 'string', multiple: true, default: [] } })

/**
 * The keep-alive race: each way in, and other clients beside it, against a server that closes idle connections at random.
 * @param {{ quick: boolean, by: string, client: string[] }} given
 */
async function run ({ quick, by, client }) {
  if (by !== 'fin' && by !== 'reset') throw new Refusal(`--by must be fin or reset; received '${by}'`)
  const unknown = client.find(name => ![...OURS, ...OTHERS].includes(name))
  if (unknown !== undefined) throw new Refusal(`--client must be one of ${[...OURS, ...OTHERS].map(name => `'${name}'`).join(', ')}; received '${unknown}'`)
  const plan = quick ? QUICK : WHOLE
  const where = machine()
  const server = await launch('fault-server')
  /** @type {import('../race/raced').Raced[]} */
  const results = []
  try {
    for (const [names, counts] of /** @type {const} */ ([[OURS, plan.ours], [OTHERS, plan.others]])) {
      for (const name of names.filter(name => client.length === 0 || client.includes(name))) {
        for (const kind of /** @type {const} */ (['get', 'keyed', 'post'])) {
          const result = await raced(server, name, KINDS[kind], counts[kind], by)
          results.push(result)
          process.stderr.write(`${name}, ${result.kind}: ${result.failed} of ${result.requests} failed, ${Math.round(result.seconds)} s\n`)
        }
      }
    }
  } finally {
    await server.stop()
  }
  tell(where, results, quick)
}

/**
 * @param {ReturnType<typeof machine>} where
 * @param {import('../race/raced').Raced[]} results
 * @param {boolean} quick
 */
function tell (where, results, quick) {
  const targets = raceTargets(results.filter(({ name }) => OURS.includes(name)))
  const versions = Object.fromEntries(results.map(({ name, version }) => [name, version]))
  const texts = [machineText(where, versions)]
  if (quick) texts.push('A quick run: shorter than the targets are meant for.\n')
  const how = `${IN_FLIGHT} in flight, against connections that end after 0–${CLOSE_WITHIN_MS} ms idle by ${results[0]?.by}`
  texts.push(targetTable(targets), `${how}\n${raceTable(results)}`)
  const file = save('race', { quick, machine: where, targets: targets.map(one => ({ ...one, reached: isReached(one) })), results })
  process.stdout.write(`${texts.join('\n')}\nAll figures: ${file}\n`)
}

module.exports = { usage, options, run }
