'use strict'

const { open } = require('../support/pools')
const { runChild } = require('../support/child')
const { until } = require('../support/awaiting')
const { serve } = require('../support/servers')

const server = serve('bench-server')

test('a small body that nobody reads frees its connection at once', async () => {
  const pool = open({ maxSockets: 1 })
  for (let i = 0; i < 5; i++) expect((await pool.request(server.url('/json'))).statusCode).toBe(200)
  expect(pool.getMetrics()).toMatchObject({ connectionsCreated: 1, leaked: 0 })
})

test('a large body that nobody reads and nobody holds is collected, frees its connection and is counted as leaked', async () => {
  const { code, stdout, stderr } = await runChild(`
    const pool = new ConnectionPoolManager({ maxSockets: 1 })
    const leave = async () => (await pool.request(url + '/bytes?n=50000000')).statusCode
    await leave()
    const next = pool.request(url + '/json').then(({ statusCode }) => statusCode)
    const collecting = setInterval(gc, 5)
    const status = await next
    clearInterval(collecting)
    console.log(status, pool.getMetrics().leaked)
    pool.destroy()`, { url: server.url(''), flags: ['--expose-gc'] })
  expect([code, stdout, stderr]).toEqual([0, '200 1\n', ''])
})

test('a stream that was begun and left is collected, frees its connection and is counted as leaked', async () => {
  const { code, stdout, stderr } = await runChild(`
    const { once } = require('node:events')
    const pool = new ConnectionPoolManager({ maxSockets: 1 })
    const begin = async () => {
      const { body } = await pool.request(url + '/bytes?n=50000000')
      const [chunk] = await once(body, 'data')
      body.pause()
      return chunk.length > 0
    }
    await begin()
    const next = pool.request(url + '/json').then(({ statusCode }) => statusCode, error => error.code)
    let times = 0
    const collecting = setInterval(() => {
      gc()
      if (++times === 400) pool.destroy()
    }, 5)
    const status = await next
    clearInterval(collecting)
    console.log(status, pool.getMetrics().leaked)
    pool.destroy()`, { url: server.url(''), flags: ['--expose-gc'] })
  expect([code, stdout, stderr]).toEqual([0, '200 1\n', ''])
})

test('a stream that flows is read to its end though nobody holds it', async () => {
  const { stdout } = await runChild(`
    const pool = new ConnectionPoolManager()
    const counted = new Promise(resolve => {
      const begin = async path => {
        const { body } = await pool.request(url + path)
        let bytes = 0
        body.on('data', chunk => {
          bytes += chunk.length
          if (bytes % 5 !== 0) return
          body.pause()
          setImmediate(() => body.resume())
        }).on('end', () => resolve(bytes))
      }
      void begin('/drip?n=100&every=1')
    })
    const collecting = setInterval(gc, 2)
    console.log(await counted, pool.getMetrics().leaked)
    clearInterval(collecting)
    pool.destroy()`, { url: server.url(''), flags: ['--expose-gc'] })
  expect(stdout).toBe('100 0\n')
})

test('a stream that is piped to one that is slow is read to its end though nobody holds it', async () => {
  const { stdout } = await runChild(`
    const { Writable } = require('node:stream')
    const pool = new ConnectionPoolManager()
    const counted = new Promise(resolve => {
      const begin = async () => {
        let bytes = 0
        const slow = new Writable({ highWaterMark: 1000, write (chunk, _, done) { bytes += chunk.length; setTimeout(done, 1) } })
        const { body } = await pool.request(url + '/bytes?n=3000000')
        body.pipe(slow).on('finish', () => resolve(bytes))
      }
      void begin()
    })
    const collecting = setInterval(gc, 2)
    console.log(await counted, pool.getMetrics().leaked)
    clearInterval(collecting)
    pool.destroy()`, { url: server.url(''), flags: ['--expose-gc'] })
  expect(stdout).toBe('3000000 0\n')
})

test('a stream whose buffer is full hears of its end at once', async () => {
  const aborting = new AbortController()
  const pool = open()
  const { body } = await pool.request(server.url('/bytes?n=50000000'), { signal: aborting.signal })
  body.pause()
  body.read(1)
  await until(() => body.readableLength >= body.readableHighWaterMark)
  const failed = new Promise(resolve => { body.once('error', resolve) })
  aborting.abort()
  expect(await failed).toBe(aborting.signal.reason)
})

test('a reply that is held keeps its body from being collected', async () => {
  const { stdout } = await runChild(`
    const pool = new ConnectionPoolManager()
    const { body } = await pool.request(url + '/bytes?n=5000000')
    for (let i = 0; i < 20; i++) { gc(); await new Promise(resolve => setTimeout(resolve, 2)) }
    console.log((await body.bytes()).length, pool.getMetrics().leaked)
    pool.destroy()`, { url: server.url(''), flags: ['--expose-gc'] })
  expect(stdout).toBe('5000000 0\n')
})

test('a body that is being read is not collected under its reader', async () => {
  const { stdout } = await runChild(`
    const pool = new ConnectionPoolManager()
    const read = async () => (await pool.request(url + '/drip?n=100&every=1')).body.text()
    const texts = Promise.all(Array.from({ length: 5 }, read))
    const collecting = setInterval(gc, 2)
    console.log((await texts).map(text => text.length).join())
    clearInterval(collecting)
    pool.destroy()`, { url: server.url(''), flags: ['--expose-gc'] })
  expect(stdout).toBe('100,100,100,100,100\n')
})

test('requests that come and go leave no memory behind in their ring', async () => {
  const { stdout } = await runChild(`
    const pool = new ConnectionPoolManager()
    const some = async () => { for (let i = 0; i < 3000; i++) await (await pool.request(url + '/json')).body.text() }
    await some()
    gc()
    const before = process.memoryUsage().heapUsed
    await some()
    await some()
    gc()
    console.log(process.memoryUsage().heapUsed - before < 1_000_000)
    pool.destroy()`, { url: server.url(''), flags: ['--expose-gc'] })
  expect(stdout).toBe('true\n')
})

test('dump() settles when the connection is free', async () => {
  const pool = open({ maxSockets: 1 })
  const { body } = await pool.request(server.url('/bytes?n=100000'))
  await body.dump()
  await until(() => pool.getMetrics().agents.http.active === 0)
})
