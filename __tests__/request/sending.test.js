'use strict'

const { open } = require('../support/pools')
const { rejection } = require('../support/awaiting')
const { serve, httpServer, bodyOf } = require('../support/servers')

const server = serve('bench-server')

/** What the server saw of a request's head. */
async function seen (options, path = '/headers') {
  const { body } = await open().request(server.url(path), options)
  const echo = await body.json()
  return { ...echo, values: name => echo.headers.filter(([found]) => found === name).map(([, value]) => value) }
}

test.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'QUERY', 'M-SEARCH'])('%s goes out as it is', async method => {
  expect((await seen({ method })).method).toBe(method)
})

test('a known method may be written in lower case', async () => {
  expect((await seen({ method: 'patch' })).method).toBe('PATCH')
})

test('an unknown method keeps its case', async () => {
  expect((await seen({ method: 'Purge' })).method).toBe('Purge')
})

test('GET is what is sent when no method is given', async () => {
  expect((await seen()).method).toBe('GET')
})

test('the query of an object is encoded, lists as repetitions', async () => {
  const { target } = await seen({ query: { q: 'a b&c', list: [1, 2], on: true } })
  expect(target).toBe('/headers?q=a%20b%26c&list=1&list=2&on=true')
})

test('the query may be URLSearchParams', async () => {
  expect((await seen({ query: new URLSearchParams([['a', '1'], ['a', '2 3']]) })).target).toBe('/headers?a=1&a=2+3')
})

test('an empty query adds no question mark', async () => {
  expect((await seen({ query: {} })).target).toBe('/headers')
})

test('path and query of the URL arrive as they are', async () => {
  expect((await seen({}, '/headers?x=%20y&z=~!*')).target).toBe('/headers?x=%20y&z=~!*')
})

test('the fragment of a URL stays at home', async () => {
  expect((await seen({}, '/headers?a=1#part')).target).toBe('/headers?a=1')
})

test('a URL object goes where its text says', async () => {
  const { body } = await open().request(new URL(server.url('/headers?u=1')))
  expect((await body.json()).target).toBe('/headers?u=1')
})

test('a URL without a path asks for the root', async () => {
  const { url } = await httpServer((request, reply) => reply.end(request.url))
  const { body } = await open().request(url)
  expect(await body.text()).toBe('/')
})

const KINDS = {
  'an object': { 'X-One': '1', 'x-two': '2' },
  'a flat array': ['X-One', '1', 'x-two', '2'],
  pairs: [['X-One', '1'], ['x-two', '2']],
  'a Headers object': new Headers({ 'X-One': '1', 'x-two': '2' }),
  'a Map': new Map([['X-One', '1'], ['x-two', '2']])
}

test.each(Object.entries(KINDS))('headers may be %s', async (_, headers) => {
  const { values } = await seen({ headers })
  expect([values('x-one'), values('x-two')]).toEqual([['1'], ['2']])
})

test('header names leave in lower case', async () => {
  const { headers } = await seen({ headers: { 'X-Mixed-Case': 'v' } })
  expect(headers.map(([name]) => name)).toContain('x-mixed-case')
})

test('numbers and booleans are header values', async () => {
  const { values } = await seen({ headers: { 'x-number': 5, 'x-flag': false } })
  expect([values('x-number'), values('x-flag')]).toEqual([['5'], ['false']])
})

test('an undefined header value is left out', async () => {
  expect((await seen({ headers: { 'x-none': undefined } })).values('x-none')).toEqual([])
})

test('a list of values goes out as a line each', async () => {
  expect((await seen({ headers: { 'x-list': ['a', 'b'] } })).values('x-list')).toEqual(['a', 'b'])
})

test('a header given twice goes out twice', async () => {
  expect((await seen({ headers: ['x-twice', '1', 'X-Twice', '2'] })).values('x-twice')).toEqual(['1', '2'])
})

test('a header value may hold any latin1 character', async () => {
  const { url } = await httpServer((request, reply) => reply.end(JSON.stringify(request.headers['x-name'])))
  const { body } = await open().request(url, { headers: { 'x-name': 'Zo\u00eb\t\u00ff' } })
  expect(await body.json()).toBe('Zo\u00eb\t\u00ff')
})

test('the host header names host and port unless the caller says otherwise', async () => {
  expect((await seen()).values('host')).toEqual([`127.0.0.1:${server.http}`])
})

test('the caller may name another host', async () => {
  expect((await seen({ headers: { host: 'api.example.com' } })).values('host')).toEqual(['api.example.com'])
})

test('credentials in the URL become basic authorization', async () => {
  const { body } = await open().request(`http://us%40er:p%C3%A4ss@127.0.0.1:${server.http}/headers`)
  const { headers } = await body.json()
  expect(headers).toContainEqual(['authorization', `Basic ${Buffer.from('us@er:päss').toString('base64')}`])
})

test('credentials in the URL do not replace the caller\'s authorization', async () => {
  const { body } = await open().request(`http://u:p@127.0.0.1:${server.http}/headers`, { headers: { authorization: 'Bearer t' } })
  const { headers } = await body.json()
  expect(headers.filter(([name]) => name === 'authorization')).toEqual([['authorization', 'Bearer t']])
})

test.each(['POST', 'PUT', 'PATCH'])('%s without a body says that it is empty', async method => {
  expect((await seen({ method })).values('content-length')).toEqual(['0'])
})

test('GET without a body says nothing of its length', async () => {
  expect((await seen()).values('content-length')).toEqual([])
})

test('a content-length that agrees with the body goes out once', async () => {
  const { url } = await httpServer(async (request, reply) => {
    reply.end(`${request.headers['content-length']} ${await bodyOf(request)}`)
  })
  const { body } = await open().request(url, { method: 'POST', body: 'abc', headers: { 'content-length': 3 } })
  expect(await body.text()).toBe('3 abc')
})

test('a content-length that disagrees with the body is refused before anything is sent', async () => {
  await server.reset()
  const error = await rejection(open().request(server.url('/sink'), { method: 'POST', body: 'abc', headers: { 'content-length': '4' } }))
  expect(error).toMatchObject({ name: 'RangeError', code: 'ERR_HTTP_CONTENT_LENGTH_MISMATCH' })
  expect((await server.stats()).requests).toBe(0)
})

test('connection: close closes the connection after the reply', async () => {
  const pool = open()
  await (await pool.request(server.url('/json'), { headers: { connection: 'close' } })).body.text()
  expect(pool.getMetrics().currentPoolSize).toBe(0)
})
