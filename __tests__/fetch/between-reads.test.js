'use strict'

// What becomes of a body while nobody waits for its next chunk, and whose context its readers are called in.

const { AsyncLocalStorage } = require('node:async_hooks')
const { Readable } = require('node:stream')
const { finished } = require('node:stream/promises')
const { rejection, until } = require('../support/awaiting')
const { open } = require('../support/pools')
const { httpServer } = require('../support/servers')

/** A reply of which the test sends each piece. */
async function pieces (headers = {}) {
  /** @type {import('node:http').ServerResponse[]} */
  const replies = []
  const { url } = await httpServer((_, reply) => {
    reply.writeHead(200, headers).flushHeaders()
    replies.push(reply)
  })
  return { url, replies }
}

/** A reader that has had its first piece. */
async function begun (init = {}) {
  const { url, replies } = await pieces({ 'content-length': '6' })
  const { body } = await open().fetch(url, init)
  const reader = body.getReader()
  replies[0].write('one')
  await reader.read()
  return { reader, reply: replies[0] }
}

test('a body that is whole is closed though nobody reads on', async () => {
  const { reader, reply } = await begun()
  reply.end('two')
  const { value } = await reader.read()
  expect(String(Buffer.from(value))).toBe('two')
  expect(await reader.closed).toBeUndefined()
})

test('an abort between two reads is an error of the stream at once', async () => {
  const abort = new AbortController()
  const { reader } = await begun({ signal: abort.signal })
  const reason = new Error('enough')
  abort.abort(reason)
  expect(await rejection(reader.closed)).toBe(reason)
})

test('so is a connection that is lost', async () => {
  const { reader, reply } = await begun()
  reply.destroy()
  const error = await rejection(reader.closed)
  expect(error).toEqual(new TypeError('terminated'))
  expect(error.cause.code).toBe('ECONNRESET')
})

test('what came before it is handed out first', async () => {
  const { url, replies } = await pieces({ 'content-length': '9' })
  const pool = open()
  const failed = []
  pool.on('request_error', ({ error }) => failed.push(error))
  const { body } = await pool.fetch(url)
  const reader = body.getReader()
  replies[0].write('one', () => replies[0].destroy())
  await until(() => failed.length > 0)
  const { value } = await reader.read()
  expect(String(Buffer.from(value))).toBe('one')
  expect(await rejection(reader.read())).toEqual(new TypeError('terminated'))
})

test('a Readable over the body that nobody reads hears of an abort', async () => {
  const { url } = await pieces()
  const abort = new AbortController()
  const { body } = await open().fetch(url, { signal: abort.signal })
  const error = new Promise(resolve => Readable.fromWeb(/** @type {any} */ (body)).on('error', resolve))
  abort.abort()
  expect(/** @type {any} */ (await error).name).toBe('AbortError')
})

test('the stream of a body that is read whole ends as that does', async () => {
  const { url, replies } = await pieces({ 'content-length': '3' })
  const pool = open()
  const [good, bad] = [await pool.fetch(url), await pool.fetch(url)]
  const ends = [good, bad].map(({ body }) => finished(/** @type {any} */ (body)).then(() => 'whole', error => error))
  const texts = [good.text(), bad.text().catch(error => error)]
  replies[0].end('one')
  replies[1].destroy()
  const [text, error] = await Promise.all(texts)
  expect(text).toBe('one')
  expect(error).toEqual(new TypeError('terminated'))
  expect(await Promise.all(ends)).toEqual(['whole', error])
})

test('so does one that is asked for only then', async () => {
  const { url, replies } = await pieces({ 'content-length': '3' })
  const response = await open().fetch(url)
  const text = response.text()
  const ended = finished(/** @type {any} */ (response.body))
  replies[0].end('one')
  expect(await text).toBe('one')
  await ended
})

test.each(['text', 'json', 'arrayBuffer', 'blob', 'bytes'])('%s() is aborted in its own turn, though all of it is here', async method => {
  const { url } = await httpServer((_, reply) => reply.end('[1]'))
  const abort = new AbortController()
  const response = await open().fetch(url, { signal: abort.signal })
  const read = response[method]()
  const reason = new Error('enough')
  abort.abort(reason)
  expect(await rejection(read)).toBe(reason)
})

test('what an upload fails by behind the head of its reply is what broke the body off', async () => {
  const { url } = await httpServer((_, reply) => reply.writeHead(200).write('one'))
  const mine = new Error('mine')
  /** @type {ReadableStreamDefaultController} */
  let upload
  const body = new ReadableStream({ start (controller) { upload = controller; controller.enqueue(Buffer.from('x')) } })
  const response = await open().fetch(url, { method: 'POST', body, duplex: 'half' })
  const read = response.text()
  upload.error(mine)
  const error = await rejection(read)
  expect(error).toEqual(new TypeError('terminated'))
  expect(error.cause).toBe(mine)
})

test('who reads in another context than he asked in is called in that', async () => {
  const { url, replies } = await pieces()
  const context = new AsyncLocalStorage()
  const { body } = await context.run('request', () => open().fetch(url))
  const seen = []
  const piped = context.run('reader', () => body.pipeTo(new WritableStream({ write () { seen.push(context.getStore()) } })))
  for (let round = 1; round <= 3; round++) {
    replies[0].write('x')
    await until(() => seen.length === round)
  }
  replies[0].end()
  await piped
  expect(seen).toEqual(['reader', 'reader', 'reader'])
})

test('whatever the body is piped to is called in the context of its request', async () => {
  const { url, replies } = await pieces()
  const context = new AsyncLocalStorage()
  const pool = open()
  /** @type {unknown[][]} */
  const seen = []
  const piped = ['first', 'second'].map(name => context.run(name, async () => {
    const { body } = await pool.fetch(url)
    const note = (/** @type {string} */ where) => seen.push([name, where, context.getStore()])
    const noted = new TransformStream({ transform (chunk, controller) { note('transform'); controller.enqueue(chunk) }, flush () { note('flush') } })
    await body.pipeThrough(noted).pipeTo(new WritableStream({ write () { note('write') } }))
  }))
  await until(() => replies.length === 2)
  for (let round = 1; round <= 3; round++) {
    for (const reply of replies) reply.write('x')
    await until(() => seen.filter(([, where]) => where === 'write').length === 2 * round)
  }
  for (const reply of replies) reply.end()
  await Promise.all(piped)
  expect(seen).toHaveLength(14)
  expect(seen.filter(([name,, store]) => store !== name)).toEqual([])
})
