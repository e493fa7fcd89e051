'use strict'

// What was asked for over TLS is sent over TLS or not at all.

const { exchange } = require('../agents/exchange')
const { rejection } = require('../support/awaiting')
const { Workshop } = require('../support/certificates')
const { open } = require('../support/pools')
const { httpServer, httpsServer, tcpServer } = require('../support/servers')
const { scriptedProxy } = require('../proxy/scripted-proxy')

const workshop = new Workshop()
const ca = workshop.root.cert
const identity = workshop.issue('localhost')

const SECRET = 'hush-hush'
const HEADERS = { authorization: SECRET, cookie: SECRET, 'x-api-key': SECRET }

const WAYS = {
  'pool.request': async (pool, url) => (await pool.request(url, { method: 'POST', headers: HEADERS, body: SECRET })).body.text(),
  'pool.fetch': async (pool, url) => (await pool.fetch(url, { method: 'POST', headers: HEADERS, body: SECRET })).text(),
  'an agent': async (pool, url) => String((await exchange(url, { agent: pool.getAgentForUrl(url), method: 'POST', headers: HEADERS, body: SECRET })).body)
}

/** A server in clear that answers whatever it gets, and keeps it. */
async function clearServer (answer) {
  const seen = []
  const { port } = await tcpServer(socket => socket.on('data', data => {
    seen.push(data.toString('latin1'))
    socket.write(answer)
  }))
  return { port, text: () => seen.join('') }
}

describe.each(Object.entries(WAYS))('by %s,', (_, send) => {
  test.each([
    ['HTTP', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'],
    ['a TLS alert', Buffer.from([21, 3, 1, 0, 2, 2, 70])],
    ['nothing sensible', 'please speak in clear\r\n']
  ])('a server that answers a ClientHello with %s gets no request', async (_, answer) => {
    const { port, text } = await clearServer(answer)
    await rejection(send(open({ tls: { ca } }), `https://localhost:${port}/${SECRET}`))
    expect(text()).not.toContain(SECRET)
    expect(text()).not.toMatch(/POST|HTTP\/1/)
  })

  test.each(['HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n', 'HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n', 'HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n', ''])('a proxy that opens no tunnel and says %j gets the origin\'s name and no more', async answer => {
    const { port, text } = await clearServer(answer)
    const proxy = `http://127.0.0.1:${port}`
    const { url: origin, server } = await httpsServer(identity, (request, reply) => reply.end('direct'))
    let direct = 0
    server.on('connection', () => direct++)
    await rejection(send(open({ tls: { ca }, proxy, connectTimeout: 500 }), `${origin}/${SECRET}`))
    expect(text()).toMatch(/^CONNECT localhost:\d+ HTTP\/1\.1\r\n/)
    expect(text()).not.toContain(SECRET)
    expect(direct).toBe(0)
  })

  test('a proxy sees none of it', async () => {
    const proxy = await scriptedProxy()
    const { url } = await httpsServer(identity, (request, reply) => { request.resume(); reply.end('whole') })
    expect(await send(open({ tls: { ca }, proxy: proxy.url }), `${url}/${SECRET}`)).toBe('whole')
    expect(proxy.asked.map(({ method }) => method)).toEqual(['CONNECT'])
    expect(JSON.stringify(proxy.asked)).not.toContain(SECRET)
  })

  test('Alt-Svc and Upgrade-Insecure-Requests of a server change no way', async () => {
    const { port, text } = await clearServer('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
    const { url } = await httpsServer(identity, (request, reply) => {
      request.resume()
      reply.writeHead(200, { 'alt-svc': `http/1.1="127.0.0.1:${port}"; ma=3600; persist=1, h2c=":${port}"` }).end('whole')
    })
    const pool = open({ tls: { ca } })
    for (let i = 0; i < 3; i++) expect(await send(pool, `${url}/${SECRET}`)).toBe('whole')
    expect(text()).toBe('')
  })

  test('http and https of one port share no connection', async () => {
    const { port } = await httpsServer(identity, (request, reply) => { request.resume(); reply.end('whole') })
    const pool = open({ tls: { ca } })
    expect(await send(pool, `https://localhost:${port}/`)).toBe('whole')
    // Over the first connection it would be answered; in clear a server of TLS closes.
    const got = await send(pool, `http://localhost:${port}/`).catch(error => error)
    expect((got.cause ?? got).code).toBe('ECONNRESET')
  })
})

test.each([301, 302, 303, 307, 308])('%d from https to http takes no credential along', async status => {
  const seen = []
  const { url: clear } = await httpServer((request, reply) => { seen.push(request.headers); request.resume(); reply.end('clear') })
  const { url } = await httpsServer(identity, (request, reply) => { request.resume(); reply.writeHead(status, { location: `${clear}/next` }).end() })
  const pool = open({ tls: { ca } })
  const headers = { authorization: SECRET, cookie: SECRET, 'proxy-authorization': SECRET }
  expect(await (await pool.fetch(url, { headers })).text()).toBe('clear')
  expect(JSON.stringify(seen)).not.toContain(SECRET)
  expect(await rejection(pool.fetch(url, { headers, redirect: 'error' }))).toBeInstanceOf(TypeError)
})

test('a redirect to http is not followed by pool.request', async () => {
  const { port, text } = await clearServer('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
  const { url } = await httpsServer(identity, (request, reply) => { request.resume(); reply.writeHead(307, { location: `http://127.0.0.1:${port}/` }).end() })
  const { statusCode } = await open({ tls: { ca } }).request(url, { method: 'POST', headers: HEADERS, body: SECRET })
  expect([statusCode, text()]).toEqual([307, ''])
})
