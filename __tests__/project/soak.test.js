'use strict'

const assert = require('node:assert')
const { spawnSync } = require('node:child_process')
const path = require('node:path')
const zlib = require('node:zlib')
const { Call, Calls } = require('../soak/calls')
const { faultRoutes } = require('../soak/fault-routes')
const { Dice } = require('../soak/dice')
const { MOST, isUndelayed } = require('../soak/parts/neighbours')
const { Stage } = require('../soak/stage')
const { Pattern, echoed, ensureTaken, known, numbered, pieces, upload } = require('../soak/traffic/replies')
const { open } = require('../support/pools')
const { serve } = require('../support/servers')

const INDEX = '"index":'
const bench = serve('bench-server')
const MAIN = path.join(__dirname, '..', 'soak', 'main.js')
const soak = (...args) => spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' })

test.each([
  [['--hours', '1'], "Unknown option '--hours'"],
  [['--minutes', '0'], '--minutes 0 is not more than 0'],
  [['--minutes', 'ten'], '--minutes ten is not'],
  [['--seed', '1.5'], '--seed 1.5 is not an integer'],
  [['--in-flight', '0'], '--in-flight 0 is not an integer'],
  [['--part', 'all'], '--part all: there is none'],
  [['--part', 'streams', '--minutes', '1'], '--minutes goes with --part chaos'],
  [['--size', 'huge'], '--size huge is neither']
])('the soak refuses %j with exit code 2 and a list of what there is', (args, sentence) => {
  const { status, stderr } = soak(...args)
  expect(stderr).toContain(sentence)
  expect(stderr).toContain('--minutes N')
  expect(status).toBe(2)
})

test('the soak says what it can do', () => {
  const { status, stdout } = soak('--help')
  expect([status, stdout.startsWith('Usage: npm run soak')]).toEqual([0, true])
})

test('the soak plays the faults of the fault server\'s table', () => {
  expect(faultRoutes()).toEqual(expect.arrayContaining(['/reset-before-head', '/stall-in-body', '/stall-before-chunks', '/204', '/early-reply?then=stall']))
  expect(faultRoutes().filter(route => route.includes('MOMENT'))).toEqual([])
})

/** The sentences that a call which ends so adds to a run's. */
async function judged (error, facts = {}, name = 'request-json clear') {
  const calls = new Calls()
  calls.stop()
  const kept = { isGone: false, mayFail: () => false }
  const call = Object.assign(new Call(name, 1000, /** @type {any} */ (kept)), facts)
  const said = jest.spyOn(process.stderr, 'write').mockImplementation(() => true)
  await calls.follow(call, () => Promise.reject(error))
  said.mockRestore()
  return [...calls.faults].map(([sentence]) => sentence)
}

const coded = code => Object.assign(new Error('x'), { code })
const MISTAKES = {
  'an internal error': coded('ERR_POOL_INTERNAL'),
  'a TypeError': new TypeError('x is not a function'),
  'a RangeError': new RangeError('Invalid array length'),
  'a ReferenceError': new ReferenceError('x is not defined'),
  'an assertion': new assert.AssertionError({ message: 'x' }),
  'the TypeError that fetch failed for': new TypeError('fetch failed', { cause: new TypeError('x is not a function') })
}

describe.each(Object.entries(MISTAKES))('%s fails a run', (_, error) => {
  test.each([['an aborted call', { isProvoked: true }], ['a call to a faulty route', { isFaulty: true }], ['any other call', {}]])('of %s', async (_, facts) => {
    expect(await judged(error, facts)).toHaveLength(1)
  })
})

test('a call that was aborted fails as an abort does, and in no other way', async () => {
  const provoked = { isProvoked: true }
  const reason = new Error('its reason')
  const controller = new AbortController()
  controller.abort(reason)
  const aborts = [new DOMException('x', 'AbortError'), new TypeError('fetch failed', { cause: new DOMException('x', 'AbortError') })]
  for (const error of aborts) expect(await judged(error, provoked)).toEqual([])
  expect(await judged(reason, { ...provoked, controller })).toEqual([])
  for (const error of [coded('ERR_POOL_REQUEST_TIMEOUT'), coded('ECONNRESET'), new Error('its reason')]) expect(await judged(error, { ...provoked, controller })).toHaveLength(1)
  expect(await judged(coded('ECONNRESET'), { ...provoked, isFaulty: true })).toEqual([])
  // Node's client has no other error for a reply that is cut.
  expect(await judged(coded('ECONNRESET'), provoked, 'agent-bytes clear')).toEqual([])
  expect(await judged(coded('ERR_POOL_REQUEST_TIMEOUT'), provoked, 'agent-bytes clear')).toHaveLength(1)
})

test('a call that nobody aborted fails by what its fault allows alone', async () => {
  expect(await judged(new DOMException('x', 'AbortError'))).toHaveLength(1)
  expect(await judged(coded('ECONNRESET'))).toHaveLength(1)
  expect(await judged(coded('ECONNRESET'), { isFaulty: true })).toEqual([])
})

test('each byte of what was to come is looked at, at whatever place a chunk begins', () => {
  const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, i) => i))
  const taken = (...chunks) => { const pattern = new Pattern(); for (const chunk of chunks) pattern.take(chunk); pattern.end(bytes.length) }
  expect(() => taken(bytes)).not.toThrow()
  expect(() => taken(bytes.subarray(0, 77), Buffer.alloc(0), bytes.subarray(77, 150_001), bytes.subarray(150_001))).not.toThrow()
  for (const at of [1, 300, 66_000, 199_998]) {
    const spoilt = Buffer.from(bytes)
    spoilt[at] ^= 1
    expect(() => taken(spoilt)).toThrow(/not those that were sent/)
  }
})

test('what a server took is compared with what was sent, byte by byte', async () => {
  const dice = new Dice(7)
  const sent = upload(dice, 50_000)
  const parts = []
  for await (const piece of pieces(dice, sent)) parts.push(piece)
  expect(Buffer.concat(parts).equals(sent)).toBe(true)
  const told = { bytes: sent.length, crc32: zlib.crc32(sent) }
  expect(() => ensureTaken(told, sent)).not.toThrow()
  expect(() => ensureTaken(told, upload(dice, 50_000))).toThrow(/others than those/)
  expect(() => ensureTaken(told, sent.subarray(1))).toThrow(/50000 of 49999/)
})

test('a reply that another request asked for is told from its own', () => {
  const [one, two] = [echoed(), echoed()]
  expect(() => one.ensure(one.path.split('=')[1])).not.toThrow()
  expect(() => one.ensure(two.path.split('=')[1])).toThrow(/reply of another/)
  const dice = new Dice(7)
  const asked = Array.from({ length: 100 }, () => numbered(dice))
  const bodies = asked.map(({ path }) => bodyAt(path))
  asked.forEach(({ ensure }, at) => expect(() => ensure(bodies[at])).not.toThrow())
  const [first, second] = asked.flatMap(({ path, ensure }, at) => path.startsWith('/headers') ? [{ ensure, body: bodies[at] }] : [])
  expect(() => first.ensure(second.body)).toThrow(/reply of another/)
  const [long, longer] = asked.flatMap(({ path, ensure }, at) => path.startsWith('/json') ? [{ ensure, body: bodies[at] }] : [])
  expect(() => long.ensure(longer.body)).toThrow(/reply of another/)
})

test('a reply of which it is known what has to come is told from one that is spoilt, shorter or longer', async () => {
  const dice = new Dice(7)
  for (let i = 0; i < 30; i++) {
    const { path, ensure } = known(dice)
    const whole = Buffer.from(await (await fetch(bench.url(path))).arrayBuffer())
    expect(() => ensure(whole)).not.toThrow()
    const spoilt = Buffer.from(whole)
    // Of an event the soak reads its number alone.
    spoilt[path.startsWith('/sse') ? whole.indexOf(INDEX) + INDEX.length : 0] ^= 1
    for (const wrong of [spoilt, whole.subarray(0, -1), Buffer.concat([whole, Buffer.from('x')])]) expect(() => ensure(wrong)).toThrow(/came|not those/)
  }
})

/** As the bench server answers. @param {string} path */
function bodyAt (path) {
  if (path.startsWith('/headers')) return JSON.stringify({ target: path })
  return JSON.stringify('x'.repeat(path.startsWith('/json') ? Number(path.split('=')[1]) - 2 : 198))
}

test('a delay of small replies shows in their median, and in those that are delayed most', () => {
  const without = { p50: 0.3, p99: 4 }
  const judged = beside => isUndelayed(without, { ...without, ...beside }, MOST.small)
  expect([judged({}), judged({ p50: 1.5 }), judged({ p99: 20 })]).toEqual([true, true, true])
  expect([judged({ p50: 3 }), judged({ p99: 40 })]).toEqual([false, false])
})

test('one seed gives the same dice', () => {
  const rolls = seed => { const dice = new Dice(seed); return Array.from({ length: 100 }, () => dice.between(1, 6)) }
  expect(rolls(7)).toEqual(rolls(7))
  expect(rolls(7)).not.toEqual(rolls(8))
  expect(new Set(rolls(7))).toEqual(new Set([1, 2, 3, 4, 5, 6]))
})

test('the servers of the soak are reached at every place where they do as they are told, and the peers of HTTP/2 do and do not', async () => {
  const stage = await Stage.open(new Dice(7))
  const pool = open({ tls: { ca: stage.certificates }, lookup: stage.lookup })
  const ask = url => pool.request(url, { requestTimeout: 2000 }).then(async ({ body }) => { await body.text(); return 'answered' }).catch(error => error.code)
  const { clear, tls, frames } = stage.faulty
  const places = [...Object.values(stage.origins).map(origin => `${origin}/json`), `${clear}/ok`, `${tls}/ok`]
  expect(await Promise.all(places.map(ask))).toEqual(places.map(() => 'answered'))
  const seen = new Set()
  const wanted = ['answered', 'ERR_HTTP2_STREAM_ERROR', 'ERR_HTTP2_SESSION_ERROR']
  for (let i = 0; i < 200 && !wanted.every(one => seen.has(one)); i++) seen.add(await ask(`${frames}/`))
  expect([...seen]).toEqual(expect.arrayContaining(wanted))
  pool.destroy()
  await stage.close()
}, 60_000)
