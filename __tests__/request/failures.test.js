'use strict'

const http = require('node:http')
const { PoolError } = require('../..')
const { open } = require('../support/pools')
const { rejection, until } = require('../support/awaiting')
const { serve, closedPort, tcpServer } = require('../support/servers')

const server = serve('fault-server')

/** What reading the whole reply of a path fails with. */
async function failure (path, { options, pool = open(), url = server.url(path) } = {}) {
  return rejection(pool.request(url, options).then(({ body }) => body.bytes()))
}

/** The code with which Node's own client fails at the same path. */
function codeOfNode (path, port = server.http) {
  return new Promise(resolve => {
    http.get({ host: '127.0.0.1', port, path, agent: false }, reply => {
      reply.on('error', error => resolve(error.code)).on('end', () => resolve('none')).resume()
    }).on('error', error => resolve(error.code))
  })
}

test('a refused connection fails with ECONNREFUSED and what was called', async () => {
  const port = await closedPort()
  expect(await failure('', { url: `http://127.0.0.1:${port}/` })).toMatchObject({
    name: 'PoolError', code: 'ECONNREFUSED', phase: 'connect', syscall: 'connect', address: '127.0.0.1', port, origin: `http://127.0.0.1:${port}`, message: `connect ECONNREFUSED 127.0.0.1:${port}`
  })
})

test('a name that does not exist fails with ENOTFOUND and the name', async () => {
  expect(await failure('', { url: 'http://no-such-host.invalid/' })).toMatchObject({
    name: 'PoolError', code: 'ENOTFOUND', phase: 'dns', syscall: 'getaddrinfo', hostname: 'no-such-host.invalid', message: 'getaddrinfo ENOTFOUND no-such-host.invalid'
  })
})

const PHASES = {
  '/reset-before-head': ['ECONNRESET', 'head'],
  '/reset-in-head': ['ECONNRESET', 'head'],
  '/reset-in-body': ['ECONNRESET', 'body'],
  '/close-before-head': ['ECONNRESET', 'head'],
  '/close-in-head': ['ECONNRESET', 'head'],
  '/close-in-body': ['ECONNRESET', 'body']
}

describe.each(Object.entries(PHASES))('%s', (path, [code, phase]) => {
  test('has the code of Node and the phase', async () => {
    expect(await failure(path)).toMatchObject({ name: 'PoolError', code, phase, mayHaveBeenProcessed: true })
    expect(await codeOfNode(path)).toBe(code)
  })

  test('has the same over TLS', async () => {
    expect(await failure(path, { pool: open({ tls: { ca: server.ca } }), url: server.secure(path) })).toMatchObject({ code, phase })
  })
})

test('a cut under TLS without a farewell is a cut all the same', async () => {
  const pool = open({ tls: { ca: server.ca } })
  expect(await failure('', { pool, url: server.secure('/close-in-body?notify=0') })).toMatchObject({ code: 'ECONNRESET', phase: 'body' })
})

test.each([
  ['/both-lengths', 'HPE_INVALID_TRANSFER_ENCODING'],
  ['/repeated-length?same=1', 'HPE_UNEXPECTED_CONTENT_LENGTH'],
  ['/garbage', 'HPE_INVALID_CONSTANT'],
  ['/bad-chunk', 'HPE_INVALID_CHUNK_SIZE'],
  ['/folded', 'HPE_INVALID_HEADER_TOKEN'],
  ['/headers?count=2001&size=1', 'HPE_HEADER_OVERFLOW'],
  ['/headers?count=10&size=7000', 'HPE_HEADER_OVERFLOW']
])('%s is refused with %s, as Node refuses it', async (path, code) => {
  expect((await failure(path)).code).toBe(code)
  expect(await codeOfNode(path)).toBe(code)
})

const chunkedWith = end => `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n${end}`

test.each([
  ['trailers beyond maxHeaderSize', chunkedWith(`0\r\n${`x-t: ${'v'.repeat(1000)}\r\n`.repeat(70)}\r\n`), 'HPE_HEADER_OVERFLOW'],
  ['a trailer whose name is none', chunkedWith('0\r\nx t: 1\r\n\r\n'), 'HPE_INVALID_HEADER_TOKEN'],
  ['a chunk extension beyond 16 KiB', chunkedWith(`5;${'x'.repeat(17_000)}\r\nhello\r\n0\r\n\r\n`), 'HPE_CHUNK_EXTENSIONS_OVERFLOW']
])('%s: as Node refuses it', async (_, reply, code) => {
  const { url, port } = await tcpServer(socket => { socket.once('data', () => socket.write(reply, 'latin1')) })
  expect(await failure('', { url })).toMatchObject({ code, phase: 'body' })
  expect(await codeOfNode('/', port)).toBe(code)
})

test('two lengths that differ are refused', async () => {
  expect((await failure('/repeated-length?same=0')).code).toMatch(/^HPE_(UNEXPECTED|INVALID)_CONTENT_LENGTH$/)
})

test('as many headers as maxHeadersCount are taken', async () => {
  expect((await open({ maxHeadersCount: 500 }).request(server.url('/headers?count=490&size=1'))).statusCode).toBe(200)
})

test('more headers than maxHeadersCount are refused', async () => {
  expect((await failure('/headers?count=501&size=1', { pool: open({ maxHeadersCount: 500 }) })).code).toBe('HPE_HEADER_OVERFLOW')
})

test('a head within maxHeaderSize is taken', async () => {
  expect((await open({ maxHeaderSize: 200_000 }).request(server.url('/headers?count=10&size=15000'))).statusCode).toBe(200)
})

test('a head beyond maxHeaderSize is refused', async () => {
  expect((await failure('/headers?count=10&size=1000', { pool: open({ maxHeaderSize: 8192 }) })).code).toBe('HPE_HEADER_OVERFLOW')
})

test.each(['gzip', 'deflate', 'br', 'zstd'])('a body that is no %s fails in its body', async coding => {
  expect(await failure(`/bad-coding?coding=${coding}`)).toMatchObject({ code: 'Z_DATA_ERROR', phase: 'body' })
})

test.each(['gzip', 'deflate', 'br', 'zstd'])('half a %s is no whole body', async coding => {
  expect(await failure(`/truncated-coding?coding=${coding}`)).toMatchObject({ code: 'Z_BUF_ERROR', phase: 'body' })
})

test('a bomb is defused', async () => {
  expect(await failure('/bomb?mb=100', { pool: open({ maxExpansion: 100 }) })).toMatchObject({ code: 'ERR_POOL_BODY_TOO_LARGE', phase: 'body' })
})

test('a bomb inside of another coding, which comes to nothing, is defused', async () => {
  expect(await failure('/hollow-bomb?mb=100', { pool: open({ maxExpansion: 100 }) })).toMatchObject({ code: 'ERR_POOL_BODY_TOO_LARGE', phase: 'body' })
})

test('a body longer than its length is read to its length, and its connection closed', async () => {
  const pool = open()
  await (await pool.request(server.url('/long-body'))).body.text()
  await (await pool.request(server.url('/ok'))).body.text()
  expect(pool.getMetrics().connectionsCreated).toBe(2)
})

test('bytes that nobody asked for end an idle connection', async () => {
  const pool = open()
  await (await pool.request(server.url('/unsolicited?after=5'))).body.text()
  await until(() => pool.getMetrics().connectionsDestroyed === 1)
  expect((await pool.request(server.url('/ok'))).statusCode).toBe(200)
})

test.each([...Object.keys(PHASES), '/garbage', '/both-lengths', '/bad-coding'])('the failure of %s is its own: others in flight go on', async path => {
  const pool = open({ maxSocketsPerHost: 20 })
  const [failed, ...others] = await Promise.allSettled([
    failure(path, { pool }),
    ...Array.from({ length: 10 }, () => pool.request(server.url('/dribble?every=1')).then(({ body }) => body.json()))
  ])
  expect(failed).toMatchObject({ status: 'fulfilled', value: expect.any(PoolError) })
  expect(others).toEqual(others.map(() => ({ status: 'fulfilled', value: { ok: true } })))
})

describe('the facts of a failure', () => {
  test('tell how full the pool was', async () => {
    expect((await failure('/close-before-head')).occupancy).toEqual({ total: expect.any(Number), active: expect.any(Number), idle: expect.any(Number), waiting: 0 })
  })

  test('tell whether the connection was used before', async () => {
    const pool = open()
    const first = await failure('/reset-before-head', { pool, options: { method: 'POST' } })
    await (await pool.request(server.url('/ok'))).body.text()
    const second = await failure('/reset-before-head', { pool, options: { method: 'POST' } })
    expect([first.reusedSocket, second.reusedSocket]).toEqual([false, true])
  })

  test('tell how many bytes had passed', async () => {
    const error = await failure('/close-in-body')
    expect([error.bytesWritten > 40, error.bytesRead > 40]).toEqual([true, true])
  })

  test('tell that a request which was never sent was not processed', async () => {
    const error = await failure('', { url: `http://127.0.0.1:${await closedPort()}/` })
    expect(error.mayHaveBeenProcessed ?? false).toBe(false)
  })

  test.each(['/reset-before-head', '/close-in-body', '/garbage', '/bad-coding'])('of %s hold no header value, no query string and no body', async path => {
    const options = { method: 'POST', headers: { authorization: 'Bearer s3cret-key' }, body: 's3cret-body' }
    const error = await failure(`${path}?token=s3cret-query`, { options })
    expect(error).toBeInstanceOf(PoolError)
    const everything = JSON.stringify([error, error.message, error.stack, String(error), error.cause], (_, value) => value)
    expect(everything).not.toContain('s3cret')
  })

  test('name the class in the stack', async () => {
    const error = await failure('/garbage')
    expect([error instanceof Error, String(error)]).toEqual([true, 'PoolError: Parse Error: Expected HTTP/'])
  })
})

test('a connection that is closed before the first byte costs a GET on a fresh one its request', async () => {
  const { url } = await tcpServer(socket => socket.destroy())
  expect(await failure('', { url })).toMatchObject({ code: 'ECONNRESET', phase: 'head', reusedSocket: false })
})
