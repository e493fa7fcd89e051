'use strict'

const { runChild } = require('../support/child')
const { serve } = require('../support/servers')

const server = serve('bench-server')
const faulty = serve('fault-server')

const run = (script, options) => runChild(script, { url: server.url(''), ...options })

test('loading the package holds nothing open', async () => {
  expect(await run('')).toMatchObject({ code: 0, stderr: '' })
})

test('an open pool holds nothing open', async () => {
  expect(await run('new ConnectionPoolManager()')).toMatchObject({ code: 0, stderr: '' })
})

test('a pool with idle connections holds nothing open', async () => {
  const { code, stdout } = await run(`
    const pool = new ConnectionPoolManager()
    await (await pool.request(url + '/json')).body.text()
    process.on('exit', () => console.log(pool.getMetrics().agents.http.idle))`)
  expect([code, stdout]).toEqual([0, '1\n'])
})

test('a request in flight holds the process open until its reply', async () => {
  const { stdout } = await run(`
    const pool = new ConnectionPoolManager()
    pool.request(url + '/delay?ms=150').then(({ statusCode }) => console.log(statusCode))`)
  expect(stdout).toBe('200\n')
})

test('a request that waits in the queue holds the process open', async () => {
  const { stdout } = await run(`
    const pool = new ConnectionPoolManager({ maxSockets: 1 })
    for (let i = 0; i < 3; i++) pool.request(url + '/delay?ms=50').then(({ statusCode }) => console.log(statusCode))`)
  expect(stdout).toBe('200\n200\n200\n')
})

test('a body that is being read holds the process open until its end', async () => {
  const { stdout } = await run(`
    const pool = new ConnectionPoolManager()
    const { body } = await pool.request(url + '/drip?n=20&every=5')
    body.text().then(text => console.log(text.length))`)
  expect(stdout).toBe('20\n')
})

test('an unread body that goes on holds the process open, and dump() lets it go', async () => {
  const { code, stdout } = await run(`
    const pool = new ConnectionPoolManager()
    globalThis.reply = await pool.request(url + '/drip?n=1000000&every=5')
    setTimeout(() => { console.log('held'); globalThis.reply.body.dump() }, 60).unref()`)
  expect([code, stdout]).toEqual([0, 'held\n'])
})

test('an aborted request lets the process go', async () => {
  const { code, stdout } = await run(`
    const control = new AbortController()
    new ConnectionPoolManager().request(${JSON.stringify(faulty.url('/stall-before-head'))}, { signal: control.signal }).catch(error => console.log(error.name))
    setTimeout(() => control.abort(), 30)`)
  expect([code, stdout]).toEqual([0, 'AbortError\n'])
})

const IN_FLIGHT = `
  const pool = new ConnectionPoolManager({ maxSocketsPerHost: 20 })
  for (let i = 0; i < 20; i++) {
    pool.request(url + '/json').catch(() => {})
    pool.request(url + '/drip?n=100000&every=1').then(({ body }) => body.resume(), () => {})
    pool.request(url + '/sink', { method: 'POST', body: (async function * () { for (;;) yield Buffer.alloc(100000) })() }).catch(() => {})
  }
  await new Promise(resolve => setTimeout(resolve, Number(process.argv[1] ?? 0)))`

const ENDS = {
  'process.exit': ['process.exit(7)', 7],
  'an uncaught exception': ["setImmediate(() => { throw new Error('mine') })", 1],
  'an unhandled rejection': ["Promise.reject(new Error('mine'))", 1],
  'process.exit in an exit handler': ["process.on('exit', () => process.exit(9)); process.exit(0)", 9]
}

test.each(Object.entries(ENDS))('%s with requests in flight ends the process as it says, twenty times over', async (_, [end, expected]) => {
  for (let round = 0; round < 20; round += 2) {
    const runs = await Promise.all([0, 1].map(i => run(`${IN_FLIGHT.replace('Number(process.argv[1] ?? 0)', String(round + i))}\n${end}`)))
    for (const { code, signal, stderr } of runs) expect([code, signal, stderr.includes('panicked')]).toEqual([expected, null, false])
  }
}, 60_000)
