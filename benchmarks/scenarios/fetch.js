'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { launch } = require('../../__tests__/servers/launch')
const { Contender } = require('../contender')
const { machine, machineText } = require('../report/machine')
const { figure, ratio, spread, withSpread } = require('../report/numbers')
const { save } = require('../report/save')
const { table } = require('../report/table')
const { isReached, targetTable } = require('../report/targets')
const { interleaved } = require('../rounds')

const IN_FLIGHT = 50
const WHOLE = { rounds: 5, seconds: 2, warmSeconds: 3 }
/** Enough to see whether everything works, too little to judge by. */
const QUICK = { rounds: 2, seconds: 0.5, warmSeconds: 1 }

/** Replies of 200 bytes, and an embedding of 30 KB. */
const LOADS = [
  { name: 'small replies', path: '/json', isSecure: false, perSecond: 6, thread: 0.15 },
  { name: 'small replies over TLS', path: '/json', isSecure: true, perSecond: 6, thread: 0.15 },
  { name: 'embeddings', path: '/embeddings?dim=2700', isSecure: false, perSecond: 2 }
]

const usage = '[--quick]'
const options = /** @type {const} */ ({ quick: { type: 'boolean', default: false } })

/**
 * `pool.fetch` beside the fetch of the same Node: 50 in flight, HTTP/1.1, each reply read by `json()`.
 * @param {{ quick: boolean }} given
 */
async function run ({ quick }) {
  const plan = quick ? QUICK : WHOLE
  const where = machine()
  const server = await launch('bench-server')
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-'))
  try {
    const authority = path.join(folder, 'ca.pem')
    fs.writeFileSync(authority, server.ca)
    const measured = []
    for (const load of LOADS) measured.push({ ...load, ...await beside(server, load, plan, authority) })
    tell(where, measured, quick)
  } finally {
    fs.rmSync(folder, { recursive: true })
    await server.stop()
  }
}

/**
 * @param {import('../../__tests__/servers/launch').Server} server
 * @param {typeof LOADS[number]} load
 * @param {typeof WHOLE} plan
 * @param {string} authority a file: the only way by which Node's own fetch can be told whom to trust
 */
async function beside (server, { path, isSecure }, { rounds, seconds, warmSeconds }, authority) {
  const origin = isSecure ? `https://localhost:${server.https1}` : `http://127.0.0.1:${server.http}`
  const contenders = ['fetch, pooled', 'fetch'].map(name => new Contender(name, [], { NODE_EXTRA_CA_CERTS: authority }))
  const setting = /** @type {const} */ ({ connections: IN_FLIGHT, keepIdleMs: 60_000, read: 'json' })
  for (const contender of contenders) await contender.open(origin, { ...setting, ...isSecure && { ca: server.ca } })
  const series = await interleaved(contenders, server, { rounds, warmSeconds, load: { path, lanes: IN_FLIGHT, seconds, leadInMs: 200, timedEvery: 10 } })
  for (const contender of contenders) await contender.close()
  return { versions: Object.fromEntries(contenders.map(({ name, version }) => [name, version])), series }
}

/** @typedef {typeof LOADS[number] & { versions: Record<string, string>, series: import('../rounds').Series[] }} Measured */

/**
 * @param {ReturnType<typeof machine>} where
 * @param {Measured[]} measured
 * @param {boolean} quick
 */
function tell (where, measured, quick) {
  const targets = measured.flatMap(targetsOf)
  const texts = [machineText(where, measured[0]?.versions ?? {})]
  if (quick) texts.push('A quick run: shorter than the targets are meant for.\n')
  texts.push(targetTable(targets), ...measured.map(text))
  const file = save('fetch', { quick, machine: where, targets: targets.map(one => ({ ...one, reached: isReached(one) })), measured })
  process.stdout.write(`${texts.join('\n')}\nAll figures: ${file}\n`)
}

/**
 * @param {Measured} measured
 * @returns {import('../report/targets').Target[]}
 */
function targetsOf ({ name, perSecond, thread, series }) {
  const quotient = (/** @type {(round: import('../rounds').Round) => number} */ of) => {
    const [ours, theirs] = series.map(({ rounds }) => rounds.map(of))
    const { median, least, most } = ratio(ours ?? [], theirs ?? [])
    return { measured: median, spread: `${figure(least)}–${figure(most)}` }
  }
  return [
    { what: `${name}: requests/s, of fetch's`, sense: '≥', bound: perSecond, ...quotient(round => round.perSecond) },
    ...thread === undefined
      ? []
      : [{ what: `${name}: CPU of the JavaScript thread, of fetch's`, sense: /** @type {const} */ ('≤'), bound: thread, ...quotient(round => round.threadMicros ?? NaN) }]
  ]
}

/** @param {Measured} measured */
function text ({ name, series }) {
  const columns = /** @type {const} */ ([
    ['requests/s', 'perSecond'], ['CPU of the JavaScript thread, µs a request', 'threadMicros'],
    ['CPU of the process, µs a request', 'processMicros'], ['RSS, MB', 'rssMegabytes'], ['connections', 'connections']
  ])
  const rows = columns.map(([what, key]) => [what, ...series.map(({ rounds }) => withSpread(spread(rounds.map(round => round[key] ?? NaN))))])
  rows.push(['errors', ...series.map(({ rounds }) => String(rounds.flatMap(({ errors }) => Object.values(errors)).reduce((sum, count) => sum + count, 0)))])
  return `${name}: median (least–most) of ${series[0]?.rounds.length} interleaved rounds\n${table(['', ...series.map(one => one.name)], rows)}`
}

module.exports = { options, usage, run }
