'use strict'

const { launch } = require('../../__tests__/servers/launch')
const { Contender } = require('../contender')
const { trafficTarget, trafficText } = require('../crossing/traffic')
const { machine, machineText } = require('../report/machine')
const { figure, ratio, spread, withSpread } = require('../report/numbers')
const { save } = require('../report/save')
const { table } = require('../report/table')
const { isReached, targetTable } = require('../report/targets')
const { interleaved } = require('../rounds')

const NAMES = ['rag-connection-pool', 'undici']
const IN_FLIGHT = 50
const TIMED_EVERY = 10
const BODY = 2 ** 24
const WHOLE = { traffic: { rounds: 5, seconds: 2, warmSeconds: 3 }, bodies: { rounds: 3, count: 64 } }
/** Enough to see whether everything works, too little to judge by. */
const QUICK = { traffic: { rounds: 2, seconds: 0.5, warmSeconds: 1 }, bodies: { rounds: 2, count: 4 } }

const usage = '[--quick]'
const options = /** @type {const} */ ({ quick: { type: 'boolean', default: false } })

/** @typedef {import('../../__tests__/servers/launch').Server} Server */

/**
 * `pool.request` over TLS and HTTP/1.1 beside undici's: small replies, and large bodies.
 * @param {{ quick: boolean }} given
 */
async function run ({ quick }) {
  const plan = quick ? QUICK : WHOLE
  const where = machine()
  const server = await launch('bench-server')
  try {
    const contenders = NAMES.map(name => new Contender(name))
    const setting = { connections: IN_FLIGHT, keepIdleMs: 60_000, read: /** @type {const} */ ('json'), ca: server.ca }
    for (const contender of contenders) await contender.open(`https://localhost:${server.https1}`, setting)
    const { rounds, seconds, warmSeconds } = plan.traffic
    const load = { path: '/json', seconds, leadInMs: 200, lanes: IN_FLIGHT, timedEvery: TIMED_EVERY }
    const series = await interleaved(contenders, server, { rounds, warmSeconds, load })
    const bodies = await carried(contenders, plan.bodies)
    for (const contender of contenders) await contender.close()
    tell(where, Object.fromEntries(contenders.map(({ name, version }) => [name, version])), series, bodies, quick)
  } finally {
    await server.stop()
  }
}

/**
 * Bodies of 16 MiB, one after the other, each way.
 * @param {Contender[]} contenders
 * @param {typeof WHOLE.bodies} plan
 */
async function carried (contenders, { rounds, count }) {
  const ways = [
    { way: /** @type {const} */ ('download'), path: `/bytes?n=${BODY}`, bytes: BODY },
    { way: /** @type {const} */ ('upload'), path: '/sink', bytes: BODY }
  ]
  const all = ways.map(transfer => ({ ...transfer, sides: /** @type {number[][]} */ (contenders.map(() => [])) }))
  for (let round = 0; round < rounds; round++) {
    for (const transfer of all) {
      for (const [i, contender] of contenders.entries()) {
        let seconds = 0
        for (let body = 0; body < count; body++) seconds += (await contender.transfer(transfer)).seconds
        transfer.sides[i]?.push(count * BODY / 2 ** 20 / seconds)
      }
    }
  }
  return all
}

/**
 * @param {ReturnType<typeof machine>} where
 * @param {Record<string, string>} versions
 * @param {import('../rounds').Series[]} series ours first
 * @param {Awaited<ReturnType<typeof carried>>} bodies
 * @param {boolean} quick
 */
function tell (where, versions, series, bodies, quick) {
  /** @type {import('../report/targets').Target[]} */
  const targets = [
    trafficTarget('50 in flight: requests/s, of undici\'s', series, round => round.perSecond, '≥', 1.8),
    trafficTarget('50 in flight: CPU of the JavaScript thread, of undici\'s', series, round => round.threadMicros ?? NaN, '≤', 0.15),
    ...bodies.map(({ way, sides: [ours = [], theirs = []] }) => {
      const { median, least, most } = ratio(ours, theirs)
      return { what: `bodies of 16 MiB, ${way}: speed, of undici's`, measured: median, sense: /** @type {const} */ ('≥'), bound: 1.2, spread: `${figure(least)}–${figure(most)}` }
    })
  ]
  const texts = [machineText(where, versions)]
  if (quick) texts.push('A quick run: shorter than the targets are meant for.\n')
  texts.push(targetTable(targets), trafficText('Small replies over TLS, 50 in flight', series))
  texts.push('Bodies of 16 MiB over TLS, MiB/s\n' + table(['', ...NAMES], bodies.map(({ way, sides }) => [way, ...sides.map(side => withSpread(spread(side)))])))
  const file = save('tls', { quick, machine: where, targets: targets.map(one => ({ ...one, reached: isReached(one) })), series, bodies })
  process.stdout.write(`${texts.join('\n')}\nAll figures: ${file}\n`)
}

module.exports = { usage, options, run }
