'use strict'

const { channelsOf, told, watch } = require('../support/channels')
const undici = require('undici')
const { rejection, until } = require('../support/awaiting')
const { open } = require('../support/pools')
const { bodyOf, closedPort, httpServer, left, tcpServer } = require('../support/servers')

const ok = () => httpServer((request, reply) => { request.resume().on('end', () => reply.writeHead(201, { 'x-own': '1' }).end('x')) })

/** What is told of a call, as far as it is the same by whoever sends it. */
async function tellingOf (call) {
  const all = told()
  await call()
  await until(() => all.some(({ name }) => name === 'request:trailers'))
  all.leave()
  const [{ message: { request } }] = all
  const chunks = name => Buffer.concat(all.filter(one => one.name === name).map(one => one.message.chunk)).toString()
  const { response } = all.find(({ name }) => name === 'request:headers').message
  const { method, path, origin, protocol, host, idempotent, completed, aborted, contentLength, contentType } = request
  return {
    names: channelsOf(all),
    request: { method, path, origin, protocol, host, idempotent, completed, aborted, contentLength, contentType, hasBody: request.body !== null },
    statusCode: response.statusCode,
    own: response.headers.map(String).includes('x-own'),
    sent: chunks('request:bodyChunkSent'),
    received: chunks('request:bodyChunkReceived')
  }
}

describe.each([
  ['no body', {}],
  ['no body where there could be one', { method: 'PUT' }],
  ['a text', { method: 'POST', body: 'bödy', headers: { 'content-type': 'text/plain' } }],
  ['bytes', { method: 'POST', body: Buffer.from('body') }],
  ['a Blob', { method: 'POST', body: new Blob(['body']) }],
  ['a host of its own', { headers: { host: 'other.test', 'x-asked': '2' } }]
])('of a call with %s', (_, options) => {
  test("fetch tells what undici's fetch tells, in its order", async () => {
    const { url } = await ok()
    const pool = open()
    const call = fetch => async () => (await fetch(`${url}/a?b=c`, options)).text()
    expect(await tellingOf(call(pool.fetch.bind(pool)))).toEqual(await tellingOf(call(undici.fetch)))
  })

  test("request tells what undici's request tells, and the body's length", async () => {
    const { url } = await ok()
    const pool = open()
    const call = request => async () => (await request(`${url}/a?b=c`, options)).body.text()
    const { request: { contentLength, ...request }, ...actual } = await tellingOf(call(pool.request.bind(pool)))
    const { request: { contentLength: _length, ...expected }, ...others } = await tellingOf(call(undici.request))
    expect({ ...actual, request }).toEqual({ ...others, request: expected })
    const length = new Map([['no body', null], [undefined, null], ['PUT', 0], ['POST', Buffer.byteLength('body') + (options.body === 'bödy' ? 1 : 0)]])
    expect(contentLength).toBe(length.get(options.method))
  })
})

test('sendHeaders has the lines that are written, up to those that frame the body', async () => {
  for (const [options, init] of [[{}, {}], [{ keepAlive: false }, { method: 'POST', body: 'x' }], [{}, { headers: { connection: 'close', 'x-a': 'host' } }], [{}, { headers: { host: 'a.test' } }]]) {
    let wire = ''
    const { url } = await tcpServer(socket => {
      socket.on('data', data => {
        wire += data.toString('latin1')
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')
      })
    })
    const all = told()
    await open(options).request(`${url}/a`, init)
    const { headers } = all.find(({ name }) => name === 'client:sendHeaders').message
    expect(wire.slice(0, headers.length)).toBe(headers)
    expect(wire.slice(headers.length)).toMatch(/^(?:content-length: 1\r\n)?\r\n/)
    all.leave()
  }
})

test('a failure is told with the error that the caller gets', async () => {
  const all = told()
  const error = await rejection(open().request(`http://127.0.0.1:${await closedPort()}`))
  expect(all.at(-1)).toMatchObject({ name: 'request:error', message: { error, request: { aborted: true } } })
})

test.each([
  ['none', () => ({})],
  ['a whole one', () => ({ method: 'POST', body: 'body' })],
  ['a streamed one', () => ({ method: 'POST', body: (async function * () { for (let i = 0; i < 8; i++) yield Buffer.alloc(64 * 1024) })() })]
])('nothing is told of as sent where the connection is refused, with a body: %s', async (_, options) => {
  const url = `http://127.0.0.1:${await closedPort()}`
  const all = told()
  await rejection(open().request(url, options()))
  expect(channelsOf(all)).toEqual(['request:create', 'request:error'])
})

test('of an upload that waits for a connection nothing is told of as sent', async () => {
  const { url } = await httpServer(request => { request.resume() })
  const pool = open({ maxSocketsPerHost: 1 })
  const busy = rejection(pool.request(url))
  const all = told()
  let pulled = 0
  const body = (async function * () { for (; pulled < 9; pulled++) yield Buffer.alloc(64 * 1024) })()
  const waiting = rejection(pool.request(url, { method: 'POST', body }))
  // A window of four, and one that waits to be taken.
  await until(() => pulled >= 4)
  pool.destroy()
  await Promise.all([busy, waiting])
  expect(channelsOf(all)).toEqual(['request:create', 'request:error'])
})

test('of a request that gets no reply the head is told of as sent, and of its body only what is known', async () => {
  const { url } = await httpServer((request, reply) => { request.resume().on('end', () => reply.destroy()) })
  const all = told()
  await rejection(open().request(url, { method: 'POST', body: 'body' }))
  expect(channelsOf(all.splice(0))).toEqual(['request:create', 'client:sendHeaders', 'request:error'])
  await rejection(open().request(url))
  expect(channelsOf(all)).toEqual(['request:create', 'client:sendHeaders', 'request:bodySent', 'request:error'])
})

test('of an upload that goes on its pieces are told of as they go, before the reply', async () => {
  const all = told()
  const { url } = await httpServer(async (request, reply) => { reply.end(String((await bodyOf(request)).length)) })
  const pieces = ['a', 'b', 'c']
  const body = (async function * () {
    yield * pieces
    await until(() => all.filter(({ name }) => name === 'request:bodyChunkSent').length === pieces.length)
    yield 'd'
  })()
  expect(await (await open().request(url, { method: 'POST', body })).body.text()).toBe('4')
  expect(channelsOf(all)).toEqual(['request:create', 'client:sendHeaders', 'request:bodyChunkSent', 'request:bodySent', 'request:headers', 'request:bodyChunkReceived', 'request:trailers'])
  expect(all.filter(({ name }) => name === 'request:bodyChunkSent').map(({ message }) => String(message.chunk))).toEqual(['a', 'b', 'c', 'd'])
})

test('what the caller writes over his bytes once he has asked is not what is told of as sent', async () => {
  const { url } = await ok()
  const all = told()
  const body = Buffer.from('body')
  const reply = open().request(url, { method: 'POST', body })
  body.fill('x')
  await (await reply).body.text()
  expect(String(all.find(({ name }) => name === 'request:bodyChunkSent').message.chunk)).toBe('body')
})

test('what an interceptor answers is not told of as sent', async () => {
  const all = told()
  const pool = open()
  pool.intercept(() => ({ status: 200, body: 'mine' }))
  await (await pool.request('http://a.test/', { method: 'POST', body: 'x' })).body.text()
  expect(channelsOf(all)).toEqual(['request:create', 'request:headers', 'request:bodyChunkReceived', 'request:trailers'])
})

test('the address of a connection is told where the URL has it, and not of one to a proxy', async () => {
  const { url, port } = await ok()
  const all = told()
  const socket = () => all.splice(0).find(({ name }) => name === 'client:sendHeaders').message.socket
  await open().request(url)
  expect(socket()).toMatchObject({ remoteAddress: '127.0.0.1', remotePort: port })
  await open({ proxy: url }).request('http://192.0.2.1/')
  expect(socket().remoteAddress).toBeUndefined()
})

test('round the engine the same is told', async () => {
  const { url } = await httpServer(async (request, reply) => { reply.end(String((await bodyOf(request)).length)) })
  process.env.RAG_POOL_BYPASS = '1'
  left.push(() => { delete process.env.RAG_POOL_BYPASS })
  const all = told()
  const pool = open()
  await (await pool.request(url, { method: 'POST', body: (async function * () { yield 'a'; yield 'b' })() })).body.text()
  expect(channelsOf(all.splice(0))).toEqual(['request:create', 'client:sendHeaders', 'request:bodyChunkSent', 'request:bodySent', 'request:headers', 'request:bodyChunkReceived', 'request:trailers'])
  await rejection(pool.request(`http://127.0.0.1:${await closedPort()}`, { method: 'POST', body: 'x' }))
  expect(channelsOf(all)).toEqual(['request:create', 'request:error'])
})

test('who watches one channel alone is told', async () => {
  const { url } = await ok()
  const chunks = []
  watch('undici:request:bodyChunkReceived', ({ chunk }) => chunks.push(String(chunk)))
  await (await open().request(url)).body.text()
  expect(chunks).toEqual(['x'])
})

test.each([
  ['a stream of fetch that is cancelled', async (fetch, url) => (await fetch(url)).body.cancel()],
  ['a body that is destroyed while it is read whole', async (_, url, request) => {
    const { body } = await request(url)
    const read = rejection(body.text())
    body.destroy()
    await read
  }],
  ['a body that is destroyed', async (_, url, request) => { (await request(url)).body.on('error', () => {}).destroy() }]
])('what its reader leaves is told of as aborted, not as complete, as by undici: %s', async (_, leave) => {
  const { url } = await httpServer((_, reply) => {
    reply.on('error', () => {}).write(Buffer.alloc(300_000))
  })
  const pool = open()
  const telling = async (fetch, request) => {
    const all = told()
    await leave(fetch, url, request)
    await until(() => all.some(({ name }) => name === 'request:error' || name === 'request:trailers'))
    all.leave()
    const { name, message: { request: { completed, aborted }, error } } = all.at(-1)
    return [name, completed, aborted, error?.name]
  }
  const own = await telling(pool.fetch.bind(pool), pool.request.bind(pool))
  expect(own).toEqual(['request:error', false, true, 'AbortError'])
  expect((await telling(undici.fetch, undici.request))[0]).toBe('request:error')
})

test('a hop that a redirect leaves is complete', async () => {
  const { url } = await httpServer((request, reply) => {
    if (request.url !== '/') return reply.end('there')
    reply.writeHead(302, { location: '/there' }).write(Buffer.alloc(100_000))
    reply.end()
  })
  const all = told()
  expect(await (await open().fetch(url)).text()).toBe('there')
  // What was sent to another server before may end at this moment.
  const own = name => all.filter(one => one.name === name && one.message.request.origin === url).length
  await until(() => own('request:trailers') === 2)
  all.leave()
  expect(own('request:error')).toBe(0)
})
