'use strict'

const { launch } = require('../../__tests__/servers/launch')
const { Contender } = require('../contender')
const { machine, machineText } = require('../report/machine')
const { figure, ratio, spread, withSpread } = require('../report/numbers')
const { save } = require('../report/save')
const { table } = require('../report/table')
const { isReached, targetTable } = require('../report/targets')

const WHOLE = { rounds: 3, count: 1_000, tokens: 100, everyMs: 50 }
/** Enough to see whether everything works, too little to judge by. */
const QUICK = { rounds: 1, count: 200, tokens: 20, everyMs: 50 }
const NAMES = ['fetch, pooled', 'fetch']

const usage = '[--quick] [--rounds N]'
const options = /** @type {const} */ ({ quick: { type: 'boolean', default: false }, rounds: { type: 'string' } })

/** @typedef {Awaited<ReturnType<typeof import('../child/streams').read>>} Figures */

/**
 * A thousand streams of tokens at once, read by `getReader()`, beside the fetch of the same Node.
 * @param {{ quick: boolean, rounds?: string }} given
 */
async function run ({ quick, rounds }) {
  const plan = { ...quick ? QUICK : WHOLE, ...rounds !== undefined && { rounds: Number(rounds) } }
  const where = machine()
  const server = await launch('bench-server')
  try {
    /** @type {Figures[][]} */
    const series = NAMES.map(() => [])
    /** @type {Record<string, string>} */
    const versions = {}
    // A process of its own for each round: what one has once taken it hardly gives back, and a second would take less.
    for (let round = 0; round < plan.rounds; round++) {
      for (const [i, name] of NAMES.entries()) {
        const { figures, version } = await once(server, name, plan)
        series[i]?.push(figures)
        versions[name] = version
      }
    }
    tell(where, versions, series, plan, quick)
  } finally {
    await server.stop()
  }
}

/**
 * @param {import('../../__tests__/servers/launch').Server} server
 * @param {string} name
 * @param {typeof WHOLE} plan
 */
async function once (server, name, { count, tokens, everyMs }) {
  const contender = new Contender(name)
  await contender.open(`http://127.0.0.1:${server.http}`, { connections: count, keepIdleMs: 60_000, read: 'text' })
  // The code is hot and the connections are open before it counts.
  await contender.streams({ path: '/sse?tokens=20&every=10', count, tokens: 20 })
  const figures = await contender.streams({ path: `/sse?tokens=${tokens}&every=${everyMs}`, count, tokens })
  await contender.close()
  return { figures, version: contender.version }
}

/**
 * @param {ReturnType<typeof machine>} where
 * @param {Record<string, string>} versions
 * @param {Figures[][]} series ours first
 * @param {typeof WHOLE} plan
 * @param {boolean} quick
 */
function tell (where, versions, series, plan, quick) {
  const targets = targetsOf(series)
  const columns = /** @type {[string, (figures: Figures) => number][]} */ ([
    ['CPU of the JavaScript thread, µs a token', figures => figures.threadMicros],
    ['CPU of the process, µs a token', figures => figures.processMicros],
    ['RSS, KB a stream', figures => figures.rssKilobytes],
    ['lag p50, ms', figures => figures.lagMillis.p50], ['lag p95, ms', figures => figures.lagMillis.p95],
    ['lag p99, ms', figures => figures.lagMillis.p99], ['lag at most, ms', figures => figures.lagMillis.most],
    ['JavaScript thread ready but without a CPU, %', figures => 100 * figures.waitShare],
    ['seconds', figures => figures.seconds], ['streams not whole', figures => figures.broken]
  ])
  const rows = columns.map(([what, of]) => [what, ...series.map(rounds => withSpread(spread(rounds.map(of))))])
  const texts = [machineText(where, versions)]
  if (quick) texts.push('A quick run: shorter than the targets are meant for.\n')
  texts.push(targetTable(targets), `${plan.count} streams of ${plan.tokens} tokens, one every ${plan.everyMs} ms: median (least–most) of ${plan.rounds} rounds\n${table(['', ...NAMES], rows)}`)
  const file = save('sse', { quick, machine: where, plan, targets: targets.map(one => ({ ...one, reached: isReached(one) })), series })
  process.stdout.write(`${texts.join('\n')}\nAll figures: ${file}\n`)
}

/**
 * @param {Figures[][]} series
 * @returns {import('../report/targets').Target[]}
 */
function targetsOf (series) {
  const [ours = [], theirs = []] = series
  const quotient = (/** @type {(figures: Figures) => number} */ of) => {
    const { median, least, most } = ratio(ours.map(of), theirs.map(of))
    return { measured: median, spread: `${figure(least)}–${figure(most)}` }
  }
  const lag = spread(ours.map(figures => figures.lagMillis.p50))
  return [
    { what: "CPU of the JavaScript thread a token, of fetch's", sense: '≤', bound: 0.5, ...quotient(figures => figures.threadMicros) },
    { what: "RSS a stream, of fetch's", sense: '≤', bound: 0.5, ...quotient(figures => figures.rssKilobytes) },
    { what: 'median lag of a token, ms', sense: '≤', bound: 5, measured: lag.median, spread: `${figure(lag.least)}–${figure(lag.most)}` },
    { what: 'streams that were not whole and in order', sense: '≤', bound: 0, measured: Math.max(...ours.map(figures => figures.broken)) }
  ]
}

module.exports = { options, usage, run }
