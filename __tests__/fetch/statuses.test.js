'use strict'

// Statuses that Fetch gives a meaning beyond those of redirects (4.6, HTTP-network-or-cache fetch).

const { rejection } = require('../support/awaiting')
const { open } = require('../support/pools')
const { httpServer } = require('../support/servers')

/** A server to which the first of its connections leads wrong. */
async function misdirected (isAlways = false) {
  const asked = /** @type {any[]} */ ([])
  const known = /** @type {any[]} */ ([])
  const { url } = await httpServer((request, reply) => {
    if (!known.includes(request.socket)) known.push(request.socket)
    const connection = known.indexOf(request.socket)
    let body = ''
    request.on('data', data => { body += data }).on('end', () => {
      asked.push([connection, request.method, body])
      reply.writeHead(isAlways || connection === 0 ? 421 : 200).end('x')
    })
  })
  return { url, asked }
}

test('a 407 of an origin is a failure: it knows no proxy', async () => {
  const { url } = await httpServer((_, reply) => reply.writeHead(407).end('x'))
  const error = await rejection(open().fetch(url))
  expect(error).toEqual(new TypeError('fetch failed'))
  expect(error.cause.message).toBe('proxy authentication required')
})

test.each([{}, { method: 'POST', body: 'text' }, { method: 'PUT', body: Buffer.from('text') }])('a 421 has %j sent once more, over a new connection', async init => {
  const { url, asked } = await misdirected()
  const response = await open().fetch(url, init)
  expect([response.status, await response.text()]).toEqual([200, 'x'])
  const { method = 'GET', body = '' } = init
  expect(asked).toEqual([[0, method, String(body)], [1, method, String(body)]])
})

test('a second 421 is a reply', async () => {
  const { url, asked } = await misdirected(true)
  expect((await open().fetch(url)).status).toBe(421)
  expect(asked).toHaveLength(2)
})

test('a 421 is a reply to a body that can be sent but once', async () => {
  const { url, asked } = await misdirected()
  const body = new ReadableStream({ start (controller) { controller.enqueue(Buffer.from('text')); controller.close() } })
  expect((await open().fetch(url, { method: 'POST', body, duplex: 'half' })).status).toBe(421)
  expect(asked).toEqual([[0, 'POST', 'text']])
})

test.each(['/a?', '/a?#part', '/away'])('an empty query is one: %s', async path => {
  const { url } = await httpServer((request, reply) => {
    if (request.url === '/away') reply.writeHead(302, { location: '/a?' }).end()
    else reply.end(request.url)
  })
  expect(await (await open().fetch(url + path)).text()).toBe('/a?')
})

test.each(['sha256-!!!!', 'sha256-ä', 'sha256', 'GOOD sha512-ä', 'GOOD,sha256-x'])('a digest that cannot be one does not match: %s', async given => {
  const { url } = await httpServer((_, reply) => reply.end('hello'))
  const integrity = given.replace('GOOD', 'sha256-LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=')
  const error = await rejection(open().fetch(url, { integrity }))
  expect(error.cause.message).toBe('integrity mismatch')
})

test.each(['QUERY', 'PROPFIND', 'PROPPATCH'])('%s without a body says that it has none, and Host goes first', async method => {
  const { url } = await httpServer((request, reply) => reply.end(JSON.stringify([request.headers['content-length'], request.rawHeaders[0]])))
  expect(await (await open().fetch(url, { method, headers: { a: 'b' } })).json()).toEqual(['0', 'host'])
})

test('a query is given to a URL whose own is empty', async () => {
  const { url } = await httpServer((request, reply) => reply.end(request.url))
  expect(await (await open().request(`${url}/a?`, { query: { b: 1 } })).body.text()).toBe('/a?b=1')
})
