'use strict'

const net = require('node:net')
const { inspect } = require('node:util')
const { exchange } = require('../agents/exchange')
const { rejection, until } = require('../support/awaiting')
const { open } = require('../support/pools')
const { left, serve, tcpServer } = require('../support/servers')

const server = serve('bench-server')
const SECRET = 'hunter2'

/**
 * A SOCKS5 server that remembers what was asked of it, byte by byte, and whose every answer can be put wrong.
 * @param {{ method?: number[], login?: number[], reply?: (address: Buffer) => number[] }} [script] its answers; without a reply
 *   that refuses it connects to what it was asked for
 */
async function socksServer ({ method = [5, 0], login = [1, 0], reply = () => [5, 0, 0, 1, 0, 0, 0, 0, 0, 0] } = {}) {
  const asked = []
  const { port, sockets } = await tcpServer(socket => {
    const steps = [
      () => { socket.write(Buffer.from(method)); return method[1] === 2 },
      () => { socket.write(Buffer.from(login)); return true },
      request => {
        const answer = reply(request)
        socket.write(Buffer.from(answer))
        if (answer[1] !== 0) return socket.end()
        const onward = net.connect(request.readUInt16BE(request.length - 2), '127.0.0.1')
        onward.on('error', () => socket.destroy()).pipe(socket).pipe(onward)
        left.push(() => onward.destroy())
      }
    ]
    const listen = step => socket.once('data', data => {
      asked.push(data)
      const more = steps[step](data)
      if (step === 0) listen(more ? 1 : 2)
      else if (step === 1) listen(2)
    })
    listen(0)
  })
  return { port, sockets, asked, url: (scheme = 'socks5h', userinfo = '') => `${scheme}://${userinfo}127.0.0.1:${port}` }
}

const json = () => `http://localhost:${server.http}/json`

test('socks5h gives the proxy the name', async () => {
  const socks = await socksServer()
  expect((await open({ proxy: socks.url() }).request(json())).statusCode).toBe(200)
  const [greeting, request] = socks.asked
  expect([...greeting]).toEqual([5, 1, 0])
  expect(request).toEqual(Buffer.from([5, 1, 0, 3, 9, ...Buffer.from('localhost'), server.http >> 8, server.http & 255]))
})

test('socks5 gives the proxy an address', async () => {
  const socks = await socksServer()
  expect((await open({ proxy: socks.url('socks5'), family: 4 }).request(json())).statusCode).toBe(200)
  expect(socks.asked[1]).toEqual(Buffer.from([5, 1, 0, 1, 127, 0, 0, 1, server.http >> 8, server.http & 255]))
})

test('user and password are given to a proxy that asks for them, and to no other', async () => {
  const [asks, doesNot] = [await socksServer({ method: [5, 2] }), await socksServer()]
  for (const socks of [asks, doesNot]) expect((await open({ proxy: socks.url('socks5h', 'us%40er:p%C3%B6@') }).request(json())).statusCode).toBe(200)
  expect([...asks.asked[0]]).toEqual([5, 2, 0, 2])
  expect(asks.asked[1]).toEqual(Buffer.concat([Buffer.from([1, 5]), Buffer.from('us@er'), Buffer.from([3]), Buffer.from('pö')]))
  expect(Buffer.concat(doesNot.asked.slice(1)).includes('us@er')).toBe(false)
})

/** Of a request by a server of this script. */
async function failure (script, scheme = 'socks5h') {
  const socks = await socksServer(script)
  const pool = open({ proxy: socks.url(scheme, `somebody:${SECRET}@`) })
  const error = await rejection(pool.request('https://127.0.0.1:9/'))
  expect(error).toMatchObject({ name: 'PoolError', phase: 'proxy', proxy: socks.url(scheme), mayHaveBeenProcessed: false })
  expect(inspect(error, { depth: 9 })).not.toMatch(/hunter2|somebody/)
  await until(() => socks.sockets.size === 0)
  expect(pool.getMetrics()).toMatchObject({ currentPoolSize: 0, errors: 1 })
  return error
}

test.each([
  [1, 'general failure'], [2, 'not allowed'], [3, 'the network is unreachable'], [4, 'the host is unreachable'], [5, 'the connection was refused'],
  [6, 'the time to live has passed'], [7, 'CONNECT is not supported'], [8, 'this kind of address is not supported']
])('a refusal of kind %d is told in words', async (code, words) => {
  const error = await failure({ reply: () => [5, code, 0, 1, 0, 0, 0, 0, 0, 0] })
  expect(error.code).toBe('ERR_POOL_PROXY_REFUSED')
  expect(error.message).toMatch(new RegExp(`^proxy 127\\.0\\.0\\.1:\\d+: it made no connection to 127\\.0\\.0\\.1:9: ${words}$`))
})

test.each([
  ['no method that suits', { method: [5, 255] }, 'ERR_POOL_PROXY_AUTH'],
  ['a login that it refuses', { method: [5, 2], login: [1, 1] }, 'ERR_POOL_PROXY_AUTH'],
  ['another version of it', { method: [4, 0] }, 'ERR_POOL_PROXY_REPLY'],
  ['a method that nobody offered', { method: [5, 1] }, 'ERR_POOL_PROXY_REPLY'],
  ['a login in another version', { method: [5, 2], login: [5, 0] }, 'ERR_POOL_PROXY_REPLY'],
  ['a reply in another version', { reply: () => [72, 0, 0, 1, 0, 0, 0, 0, 0, 0] }, 'ERR_POOL_PROXY_REPLY'],
  ['a refusal of no kind', { reply: () => [5, 77, 0, 1, 0, 0, 0, 0, 0, 0] }, 'ERR_POOL_PROXY_REPLY'],
  ['an address of no kind', { reply: () => [5, 0, 0, 9, 0, 0, 0, 0, 0, 0] }, 'ERR_POOL_PROXY_REPLY']
])('%s fails the request', async (_, script, code) => {
  expect((await failure(script)).code).toBe(code)
})

test('a proxy that ends in the middle of its reply fails the request', async () => {
  expect((await failure({ reply: () => [5, 1, 0] })).code).toMatch(/^(ECONNRESET|ERR_POOL_PROXY_REFUSED)$/)
})

test('a proxy that speaks HTTP is no SOCKS5 proxy', async () => {
  expect((await failure({ method: [...Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')] })).code).toBe('ERR_POOL_PROXY_REPLY')
})

test('each address of a name is asked for until the proxy reaches one', async () => {
  const socks = await socksServer({ reply: request => [5, request.includes(Buffer.from([127, 0, 0, 1])) ? 0 : 4, 0, 1, 0, 0, 0, 0, 0, 0] })
  const pool = open({ proxy: socks.url('socks5') })
  const lookup = (_name, _options, done) => done(null, [{ address: 'fd00::1', family: 6 }, { address: '10.0.0.1', family: 4 }, { address: '127.0.0.1', family: 4 }])
  expect(await exchange(json(), { agent: pool.getHttpAgent(), lookup })).toMatchObject({ status: 200 })
  expect(socks.asked.filter(data => data.length >= 10).map(request => request[3])).toEqual([4, 1, 1])
  expect(pool.getMetrics().connectionsCreated).toBe(1)
})

test('where the proxy reaches none of the addresses, each one says why', async () => {
  const socks = await socksServer({ reply: () => [5, 5, 0, 1, 0, 0, 0, 0, 0, 0] })
  const lookup = (_name, _options, done) => done(null, [{ address: '10.0.0.1', family: 4 }, { address: '10.0.0.2', family: 4 }])
  const error = await rejection(exchange(json(), { agent: open({ proxy: socks.url('socks5') }).getHttpAgent(), lookup }))
  expect(error).toMatchObject({ code: 'ERR_POOL_PROXY_REFUSED', phase: 'proxy' })
  expect(error.cause.errors.map(({ message }) => message)).toEqual(['10.0.0.1', '10.0.0.2'].map(ip => `it made no connection to ${ip}:${server.http}: the connection was refused`))
})

test('a name that is not found is looked up by who looks it up', async () => {
  const socks = await socksServer({ reply: () => [5, 4, 0, 1, 0, 0, 0, 0, 0, 0] })
  const here = await rejection(open({ proxy: socks.url('socks5') }).request('http://origin.invalid/'))
  expect(here).toMatchObject({ code: 'ENOTFOUND', phase: 'proxy', hostname: 'origin.invalid' })
  expect(socks.asked).toEqual([])
  const there = await rejection(open({ proxy: socks.url() }).request('http://origin.invalid/'))
  expect(there).toMatchObject({ code: 'ERR_POOL_PROXY_REFUSED', phase: 'proxy' })
})
