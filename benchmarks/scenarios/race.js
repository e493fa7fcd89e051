'use strict'

const { launch } = require('../../__tests__/servers/launch')
const { raced, together, KINDS, IN_FLIGHT, CLOSE_WITHIN_MS } = require('../race/raced')
const { raceTable, raceTargets } = require('../race/told')
const { Refusal } = require('../refusal')
const { machine, machineText } = require('../report/machine')
const { save } = require('../report/save')
const { isReached, targetTable } = require('../report/targets')

const OURS = ['rag-connection-pool', 'fetch, pooled', 'http.Agent, pooled']
const OTHERS = ['undici', 'http.Agent', 'agentkeepalive']

/** Of one round; the others run in the first one only. */
const WHOLE = { get: 100_000, keyed: 20_000, post: 20_000 }
const ROUNDS = 10
/** Enough to see whether everything works, too little to judge by. */
const QUICK = { get: 2_000, keyed: 1_000, post: 1_000 }

const usage = '[--quick] [--rounds N] [--by fin|reset] [--client NAME]…'
const options = /** @type {const} */ ({ quick: { type: 'boolean', default: false }, rounds: { type: 'string', default: String(ROUNDS) }, by: { type: 'string', default: 'fin' }, client: { type: 'string', multiple: true, default: [] } })

/**
 * The keep-alive race: each way in, and other clients beside it, against a server that closes idle connections at random.
 * @param {{ quick: boolean, rounds: string, by: string, client: string[] }} given
 */
async function run ({ quick, rounds, by, client }) {
  if (by !== 'fin' && by !== 'reset') throw new Refusal(`--by must be fin or reset; received '${by}'`)
  if (!/^[1-9]\d{0,3}$/.test(rounds)) throw new Refusal(`--rounds must be a number from 1 to 9999; received '${rounds}'`)
  const unknown = client.find(name => ![...OURS, ...OTHERS].includes(name))
  if (unknown !== undefined) throw new Refusal(`--client must be one of ${[...OURS, ...OTHERS].map(name => `'${name}'`).join(', ')}; received '${unknown}'`)
  const plan = quick ? QUICK : WHOLE
  const where = machine()
  const server = await launch('fault-server')
  const results = new Map()
  const chosen = (/** @type {string[]} */ names) => names.filter(name => client.length === 0 || client.includes(name))
  try {
    for (let round = 0; round < Number(rounds); round++) {
      for (const name of [...chosen(OURS), ...round === 0 ? chosen(OTHERS) : []]) {
        for (const kind of /** @type {const} */ (['get', 'keyed', 'post'])) {
          const one = await raced(server, name, KINDS[kind], plan[kind], by)
          const key = `${name}, ${kind}`
          results.set(key, results.has(key) ? together(results.get(key), one) : one)
        }
      }
      // After each round, so that a run that is cut short has told what it saw.
      tell(where, [...results.values()], quick)
    }
  } finally {
    await server.stop()
  }
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
