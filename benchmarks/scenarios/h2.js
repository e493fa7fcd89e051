'use strict'

const { launch } = require('../../__tests__/servers/launch')
const { Contender } = require('../contender')
const { machine, machineText } = require('../report/machine')
const { figure, ratio, spread, withSpread } = require('../report/numbers')
const { save } = require('../report/save')
const { table } = require('../report/table')
const { isReached, targetTable } = require('../report/targets')
const { interleaved } = require('../rounds')

const OURS = 'rag-connection-pool'
const NAMES = [OURS, 'undici, h2', 'http2']
const IN_FLIGHT = 100
const TIMED_EVERY = 10
const STREAMS = 128
/** Far less than the second which a stream of the next batch would wait for one of the first to end. */
const JUMP_MS = 100
const WHOLE = { rounds: 5, seconds: 2, warmSeconds: 3, tokens: 100 }
/** Enough to see whether everything works, too little to judge by. */
const QUICK = { rounds: 2, seconds: 0.5, warmSeconds: 1, tokens: 20 }

const usage = '[--quick]'
const options = /** @type {const} */ ({ quick: { type: 'boolean', default: false } })

/** @typedef {import('../rounds').Round} Round */

/**
 * HTTP/2: a hundred requests on one connection, then streams of tokens over as many connections as they need.
 * @param {{ quick: boolean }} given
 */
async function run ({ quick }) {
  const plan = quick ? QUICK : WHOLE
  const where = machine()
  const server = await launch('bench-server', ['--max-streams', String(STREAMS)])
  try {
    const { versions, series } = await multiplexed(server, plan)
    const streamed = []
    for (const count of [200, 1_000]) streamed.push({ count, ...await streams(server, count, plan.tokens) })
    tell(where, versions, series, streamed, quick)
  } finally {
    await server.stop()
  }
}

/**
 * @param {import('../../__tests__/servers/launch').Server} server
 * @param {typeof WHOLE} plan
 */
async function multiplexed (server, { rounds, seconds, warmSeconds }) {
  const contenders = NAMES.map(name => new Contender(name))
  const setting = { connections: 1, keepIdleMs: 60_000, read: /** @type {const} */ ('json'), ca: server.ca }
  for (const contender of contenders) await contender.open(`https://localhost:${server.https}`, setting)
  const load = { path: '/json', seconds, leadInMs: 200, lanes: IN_FLIGHT, timedEvery: TIMED_EVERY }
  const series = await interleaved(contenders, server, { rounds, warmSeconds, load })
  for (const contender of contenders) await contender.close()
  return { versions: Object.fromEntries(contenders.map(({ name, version }) => [name, version])), series }
}

/**
 * @param {import('../../__tests__/servers/launch').Server} server
 * @param {number} count
 * @param {number} tokens of each, one every 50 ms
 */
async function streams (server, count, tokens) {
  const contender = new Contender('fetch, pooled')
  const setting = { connections: 50, keepIdleMs: 60_000, read: /** @type {const} */ ('text'), streams: STREAMS, ca: server.ca }
  await contender.open(`https://localhost:${server.https}`, setting)
  await contender.streams({ path: '/sse?tokens=5&every=10', count: 50, tokens: 5 })
  await server.reset()
  const figures = await contender.streams({ path: `/sse?tokens=${tokens}&every=50`, count, tokens })
  const { open } = (await server.stats()).connections
  await contender.close()
  return { ...figures, connections: open }
}

/**
 * @param {ReturnType<typeof machine>} where
 * @param {Record<string, string>} versions
 * @param {import('../rounds').Series[]} series ours first
 * @param {({ count: number } & Awaited<ReturnType<typeof streams>>)[]} streamed
 * @param {boolean} quick
 */
function tell (where, versions, series, streamed, quick) {
  const rate = (/** @type {Round} */ round) => round.perSecond
  const [ours = [], ...others] = series.map(({ rounds }) => rounds.map(rate))
  const better = others.reduce((best, one) => spread(one).median > spread(best).median ? one : best)
  const { median, least, most } = ratio(ours, better)
  /** @type {import('../report/targets').Target[]} */
  const targets = [
    { what: `${IN_FLIGHT} in flight on one connection: requests/s, of the better one's`, measured: median, sense: '≥', bound: 2.5, spread: `${figure(least)}–${figure(most)}` },
    ...streamed.flatMap(({ count, firstMillis, broken }) => [
      { what: `${count} streams: the greatest step in the time to the first token, ms`, measured: firstMillis.jump, sense: /** @type {const} */ ('≤'), bound: JUMP_MS },
      { what: `${count} streams: not whole and in order`, measured: broken, sense: /** @type {const} */ ('≤'), bound: 0 }
    ])
  ]
  const columns = /** @type {[string, (round: Round) => number][]} */ ([
    ['requests/s', rate], ['CPU of the JavaScript thread, µs a request', round => round.threadMicros ?? NaN],
    ['CPU of the process, µs a request', round => round.processMicros ?? NaN], ['p50, µs', round => round.latencyMicros.p50],
    ['p99, µs', round => round.latencyMicros.p99], ['connections', round => round.connections],
    ['errors', round => Object.values(round.errors).reduce((sum, count) => sum + count, 0)]
  ])
  const texts = [machineText(where, versions)]
  if (quick) texts.push('A quick run: shorter than the targets are meant for.\n')
  texts.push(targetTable(targets))
  texts.push(`${IN_FLIGHT} in flight on one connection\n` + table(['', ...NAMES], columns.map(([name, of]) => [name, ...series.map(({ rounds }) => withSpread(spread(rounds.map(of))))])))
  texts.push(`Streams of tokens, ${STREAMS} a connection\n` + table(['streams', 'connections', 'first token p50, ms', 'at most', 'greatest step'],
    streamed.map(({ count, connections, firstMillis }) => [String(count), String(connections), figure(firstMillis.p50), figure(firstMillis.most), figure(firstMillis.jump)])))
  const file = save('h2', { quick, machine: where, targets: targets.map(one => ({ ...one, reached: isReached(one) })), series, streamed })
  process.stdout.write(`${texts.join('\n')}\nAll figures: ${file}\n`)
}

module.exports = { usage, options, run }
