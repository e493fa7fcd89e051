'use strict'

const { fork } = require('node:child_process')
const { once } = require('node:events')
const path = require('node:path')
const { launch } = require('../../__tests__/servers/launch')
const { Contender } = require('../contender')
const { machine, machineText } = require('../report/machine')
const { figure, ratio, spread, withSpread } = require('../report/numbers')
const { save } = require('../report/save')
const { table } = require('../report/table')
const { isReached, targetTable } = require('../report/targets')

const OURS = 'rag-connection-pool'
const UNPOOLED = 'rag-connection-pool, unpooled'
const THEIRS = 'undici'
const RELAY = path.join(__dirname, '..', 'child', 'relay.js')
const DELAY_MS = 30
const WHOLE = { fresh: { rounds: 7, count: 100 }, far: { rounds: 3, count: 20 } }
/** Enough to see whether everything works, too little to judge by. */
const QUICK = { fresh: { rounds: 3, count: 100 }, far: { rounds: 1, count: 10 } }

const usage = '[--quick]'
const options = /** @type {const} */ ({ quick: { type: 'boolean', default: false } })

/** @typedef {import('../../__tests__/servers/launch').Server} Server */
/** @typedef {{ millis: number, threadMillis: number }} Figures */
/** @typedef {{ what: string, names: [string, string], sides: [Figures[], Figures[]] }} Comparison */

/**
 * What new connections cost, and what it saves to keep them.
 * @param {{ quick: boolean }} given
 */
async function run ({ quick }) {
  const plan = quick ? QUICK : WHOLE
  const where = machine()
  const server = await launch('bench-server')
  try {
    const fresh = await compare(`${plan.fresh.count} fresh TLS connections`, [OURS, THEIRS], secure(server, server.https1), { ...plan.fresh, together: true })
    const far = []
    for (const isSecure of [false, true]) far.push(await relayed(server, isSecure, plan.far))
    tell(where, fresh, far, quick)
  } finally {
    await server.stop()
  }
}

/**
 * @param {Server} server
 * @param {number | undefined} port
 */
function secure (server, port) {
  return { origin: `https://localhost:${port}`, ca: server.ca }
}

/**
 * @param {Server} server
 * @param {boolean} isSecure
 * @param {typeof WHOLE.far} plan
 */
async function relayed (server, isSecure, plan) {
  const relay = fork(RELAY, [String(isSecure ? server.https1 : server.http), String(DELAY_MS)])
  const [port] = await once(relay, 'message')
  const place = isSecure ? secure(server, port) : { origin: `http://127.0.0.1:${port}` }
  const way = isSecure ? 'over TLS' : 'in clear'
  const comparison = await compare(`${plan.count} requests ${way}, ${DELAY_MS} ms away`, [OURS, UNPOOLED], place, { ...plan, together: false })
  relay.disconnect()
  await once(relay, 'exit')
  return comparison
}

/**
 * Two clients by turns, each made anew for each round, in processes that have run once before.
 * @param {string} what
 * @param {[string, string]} names
 * @param {{ origin: string, ca?: string }} place
 * @param {{ rounds: number, count: number, together: boolean }} plan
 * @returns {Promise<Comparison>}
 */
async function compare (what, names, { origin, ca }, { rounds, count, together }) {
  const contenders = names.map(name => new Contender(name))
  const setting = { connections: count, keepIdleMs: 60_000, read: /** @type {const} */ ('json'), ...ca !== undefined && { ca } }
  const dials = { path: '/json', count, together }
  /** @type {[Figures[], Figures[]]} */ const sides = [[], []]
  for (const contender of contenders) await contender.dial(origin, setting, dials)
  for (let round = 0; round < rounds; round++) {
    for (const [i, contender] of contenders.entries()) sides[i]?.push(await contender.dial(origin, setting, dials))
  }
  for (const contender of contenders) await contender.close()
  return { what, names, sides }
}

/**
 * @param {Comparison} comparison
 * @param {string} what
 * @param {(figures: Figures) => number} of
 * @param {number} bound
 * @returns {import('../report/targets').Target}
 */
function target ({ sides: [ours, theirs] }, what, of, bound) {
  const { median, least, most } = ratio(ours.map(of), theirs.map(of))
  return { what, measured: median, sense: '≤', bound, spread: `${figure(least)}–${figure(most)}` }
}

/**
 * @param {ReturnType<typeof machine>} where
 * @param {Comparison} fresh
 * @param {Comparison[]} far in clear, over TLS
 * @param {boolean} quick
 */
function tell (where, fresh, far, quick) {
  const [clear, tls] = /** @type {[Comparison, Comparison]} */ (far)
  const millis = (/** @type {Figures} */ figures) => figures.millis
  const targets = [
    target(fresh, `${fresh.what}: time, of undici's`, millis, 0.5),
    target(fresh, `${fresh.what}: CPU of the JavaScript thread, of undici's`, figures => figures.threadMillis, 0.1),
    target(clear, `${clear.what}: time, of that unpooled`, millis, 0.55),
    target(tls, `${tls.what}: time, of that unpooled`, millis, 0.40)
  ]
  const texts = [machineText(where, {})]
  if (quick) texts.push('A quick run: shorter than the targets are meant for.\n')
  texts.push(targetTable(targets))
  for (const { what, names, sides } of [fresh, ...far]) {
    const rows = /** @type {[string, (figures: Figures) => number][]} */ ([['ms', millis], ['ms of the JavaScript thread', figures => figures.threadMillis]])
    texts.push(`${what}\n${table(['', ...names], rows.map(([name, of]) => [name, ...sides.map(side => withSpread(spread(side.map(of))))]))}`)
  }
  const file = save('connect', { quick, machine: where, targets: targets.map(one => ({ ...one, reached: isReached(one) })), fresh, far })
  process.stdout.write(`${texts.join('\n')}\nAll figures: ${file}\n`)
}

module.exports = { usage, options, run }
