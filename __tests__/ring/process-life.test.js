'use strict'

const { once } = require('node:events')
const net = require('node:net')
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

const LARGE = 10_000_000

const LEFT = {
  'pool.request': 'globalThis.reply = await pool.request(large)',
  fetch: 'globalThis.reply = await pool.fetch(large)',
  'a stream that nobody reads on': 'for await (const chunk of (globalThis.reply = await pool.request(large)).body) { globalThis.reply.kept = chunk; await new Promise(() => {}) }',
  'an agent': "await new Promise(resolve => require('node:http').get(large, { agent: pool.getHttpAgent() }, reply => { globalThis.reply = reply; resolve() }))"
}

test.each(Object.entries(LEFT))('a large reply that is left unread lets the process go, as a paused socket does: %s', async (_, leave) => {
  const { code, signal, stdout } = await run(`
    const pool = new ConnectionPoolManager()
    const large = url + '/bytes?n=${LARGE}'
    process.on('exit', () => console.log(pool.getMetrics().agents.http.active))
    ;(async () => { ${leave} })()`)
  expect([code, signal, stdout]).toEqual([0, null, '1\n'])
})

test.each(['request', 'fetch'])('a large reply that came before its upload had ended lets the process go once that is sent: %s', async way => {
  const early = net.createServer(socket => {
    socket.on('error', () => {}).resume()
    socket.once('data', () => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${LARGE}\r\n\r\n`)
      socket.write(Buffer.alloc(2_000_000))
    })
  }).listen(0, '127.0.0.1')
  await once(early, 'listening')
  const { code, stdout } = await run(`
    const pool = new ConnectionPoolManager()
    const body = (async function * () { for (let i = 0; i < 5; i++) { yield Buffer.alloc(1000); await new Promise(resolve => setTimeout(resolve, 50)) } console.log('sent') })()
    globalThis.reply = await pool.${way}('http://127.0.0.1:${early.address().port}', { method: 'POST', body, duplex: 'half' })`)
  early.close()
  expect([code, stdout]).toEqual([0, 'sent\n'])
})

const READ_LATE = {
  'pool.request': 'const { body } = await pool.request(large); await wait(); return (await body.arrayBuffer()).byteLength',
  fetch: 'const reply = await pool.fetch(large); await wait(); let bytes = 0; for await (const chunk of reply.body) bytes += chunk.length; return bytes',
  'an agent': `const [reply] = await once(http.get(large, { agent: pool.getHttpAgent() }), 'response'); await wait(); let bytes = 0
    reply.on('data', chunk => { bytes += chunk.length }); await once(reply, 'end'); return bytes`
}

test.each(Object.entries(READ_LATE))('who reads a large reply late holds the process open until its end: %s', async (_, read) => {
  const { stdout } = await run(`
    const [http, { once }] = [require('node:http'), require('node:events')]
    const pool = new ConnectionPoolManager()
    const large = url + '/bytes?n=${LARGE}'
    const wait = () => new Promise(resolve => setTimeout(resolve, 100))
    ;(async () => { ${read} })().then(console.log)`)
  expect(stdout).toBe(`${LARGE}\n`)
})

test('an upload that goes on behind an unread reply holds the process open until the kernel has it, as with the agent of Node', async () => {
  const all = 60_000_000
  let taken = 0
  const slow = net.createServer(socket => {
    socket.on('error', () => {}).write(`HTTP/1.1 200 OK\r\ncontent-length: ${LARGE}\r\n\r\n`)
    socket.write(Buffer.alloc(1_000_000))
    socket.on('data', chunk => {
      taken += chunk.length
      socket.pause()
      setTimeout(() => socket.resume(), 1)
    })
  }).listen(0, '127.0.0.1')
  await once(slow, 'listening')
  const { code, stdout } = await run(`
    const pool = new ConnectionPoolManager()
    const { port } = ${JSON.stringify(slow.address())}
    const req = require('node:http').request({ port, method: 'POST', agent: pool.getHttpAgent(), headers: { 'content-length': ${all} } })
    req.on('response', reply => { globalThis.reply = reply })
    req.on('error', error => console.log(error))
    req.end(Buffer.alloc(${all}))`)
  slow.close()
  // What is left in the buffers of either kernel goes with a connection on which a reply was left.
  expect([code, stdout, taken > all / 2]).toEqual([0, '', true])
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
