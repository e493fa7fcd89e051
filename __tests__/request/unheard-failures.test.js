'use strict'

// How a body that is read as a stream tells of its failure, and that a failure nobody listens for ends no process: hence
// each in a process of its own.

const { runChild } = require('../support/child')
const { serve } = require('../support/servers')

const server = serve('bench-server')
const faulty = serve('fault-server')

const drip = () => server.url('/drip?n=100000&every=2')
// Only when some of it has been read: what fails before is another case.
const BEGUN = 'while (!body.readableDidRead) await new Promise(setImmediate);'

/** What breaks a body off: where it comes from, what is done to it, how it fails. */
const FAILURES = /** @type {const} */ ([
  ['a reset by the server', () => faulty.url('/reset-in-body?pause=20'), '', 'ECONNRESET'],
  ['an abort', drip, `${BEGUN} aborter.abort()`, 'AbortError'],
  ['the end of its pool', drip, `${BEGUN} pool.destroy()`, 'ERR_POOL_DESTROYED'],
  ['a broken coding', () => faulty.url('/bad-coding?coding=gzip'), '', 'Z_DATA_ERROR']
])

const WAYS = {
  'resume()': 'body.resume()',
  "on('data')": "body.on('data', () => {})",
  "once('readable')": "body.once('readable', () => body.read(1))",
  'pause() after its first chunk': "body.once('data', () => body.pause())"
}

const SCRIPT = `
  const { finished, pipeline } = require('node:stream/promises')
  const { Writable } = require('node:stream')
  const pool = new ConnectionPoolManager()
  const aborter = new AbortController()
  const nameOf = error => typeof error.code === 'string' ? error.code : error.name
  const { body } = await pool.request(url, { signal: aborter.signal })`

/** @param {string} url @param {string} script */
async function said (url, script) {
  const { code, stdout, stderr } = await runChild(SCRIPT + script, { url })
  return { code, said: stdout.trim(), stderr }
}

describe.each(FAILURES)('%s', (_, urlOf, cut, name) => {
  test.each(Object.entries(WAYS))('of a body read by %s, with nobody to hear of it, destroys the body and no process', async (_, way) => {
    const script = `
      const closed = new Promise(resolve => body.on('close', resolve))
      ${way}
      ${cut}
      await closed
      console.log(body.destroyed, nameOf(body.errored))`
    expect(await said(urlOf(), script)).toEqual({ code: 0, said: `true ${name}`, stderr: '' })
  })

  test.each(Object.entries({
    'a listener for error': "new Promise(resolve => body.on('error', resolve).resume())",
    'a listener for error that comes a microtask later': "new Promise(resolve => { body.resume(); queueMicrotask(() => body.on('error', resolve)) })",
    'for await': '(async () => { for await (const _ of body); })()',
    'pipeline()': 'pipeline(body, new Writable({ write: (chunk, coding, done) => done() }))',
    'finished()': 'finished(body.resume())'
  }))('is told to %s', async (_, reader) => {
    const script = `
      const heard = ${reader}.catch(error => error)
      ${cut}
      console.log(nameOf(await heard))`
    expect(await said(urlOf(), script)).toEqual({ code: 0, said: name, stderr: '' })
  })
})

test('a body that failed before anybody read it tells it to a listener that comes a microtask after the first read', async () => {
  const script = `
    await require('node:events').once(pool, 'request_error')
    const heard = new Promise(resolve => { body.read(); queueMicrotask(() => body.on('error', resolve)) })
    console.log(nameOf(await heard))`
  expect(await said(faulty.url('/reset-in-body?pause=20'), script)).toEqual({ code: 0, said: 'ECONNRESET', stderr: '' })
})

test('text() is told of a failure while it reads', async () => {
  const script = '\nconsole.log(nameOf(await body.text().catch(error => error)))'
  expect(await said(faulty.url('/reset-in-body?pause=20'), script)).toEqual({ code: 0, said: 'ECONNRESET', stderr: '' })
})
