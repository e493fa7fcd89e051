'use strict'

const { EventEmitter } = require('node:events')
const { open } = require('../support/pools')
const { rejection } = require('../support/awaiting')
const { serve } = require('../support/servers')

const server = serve('bench-server')

/** What a request with this fault is rejected with. Nothing of it may reach the server. */
async function refusal (options, url = server.url('/json')) {
  await server.reset()
  const pool = open()
  const error = await rejection(pool.request(url, options))
  const { requests, connections } = await server.stats()
  expect([requests, connections.accepted, pool.getMetrics().totalRequests]).toEqual([0, 0, 0])
  return error
}

/** @returns {string} the error in one line */
const told = ({ name, code, message }) => `${name} ${code} ${message}`

test.each([
  ['null', null, 'null'],
  ['a number', 5, '5'],
  ['a relative path', '/v1/x', "'/v1/x'"],
  ['an empty string', '', "''"],
  ['a host without scheme', 'localhost', "'localhost'"],
  ['an object without href', {}, 'an instance of Object'],
  ['an object with a bad href', { href: 'nowhere' }, 'an instance of Object'],
  ['an impossible port', 'http://h.test:99999', "'http://h.test:99999'"],
  ['credentials with a bad host', 'http://user:secret@h.test:99999/', 'a text with an @'],
  ['credentials with a slash', 'http://user:pass/secret@h.test/', 'a text whose port is none'],
  ['credentials without a host', 'http://user:secret', 'a text whose port is none'],
  ['a bad host with a query', 'http://[h?key=secret', "'http://[h'"]
])('url may not be %s', async (_, url, shown) => {
  expect(told(await refusal({}, url))).toBe(`TypeError ERR_INVALID_URL url must be an absolute http: or https: URL; received ${shown}`)
})

test('url may not be left out', async () => {
  expect(told(await rejection(open().request(undefined)))).toBe('TypeError ERR_INVALID_URL url must be an absolute http: or https: URL; received undefined')
})

test.each(['ftp://h.test/', 'file:///etc/passwd', 'data:,x', 'ws://h.test/'])('url may not be %s', async url => {
  expect(told(await refusal({}, url))).toBe(`TypeError ERR_INVALID_PROTOCOL url must be an http: or https: URL; received protocol '${new URL(url).protocol}'`)
})

test.each([['null', null], ['a string', 'GET'], ['a number', 1]])('options may not be %s', async (_, options) => {
  expect(told(await refusal(options))).toMatch(/^TypeError ERR_INVALID_ARG_TYPE options must be an object; received /)
})

test.each([['empty', ''], ['two words', 'GET /'], ['cut by CR LF', 'GET\r\nx: y'], ['a number', 5], ['null', null], ['not ASCII', 'GÉT']])('method may not be %s', async (_, method) => {
  expect(told(await refusal({ method }))).toMatch(/^TypeError ERR_INVALID_HTTP_TOKEN method must be a valid HTTP token; received /)
})

test.each(['CONNECT', 'connect'])('method may not be %s', async method => {
  expect(told(await refusal({ method }))).toBe("TypeError ERR_INVALID_ARG_VALUE method 'CONNECT' opens a tunnel, which takes an agent")
})

test.each([['empty', '', 'an empty text'], ...[['with a space', 'a b', 2], ['a whole line', 'authorization: secret', 14], ['with CR LF', 'ab\r\nb', 3], ['with NUL', 'a\0', 2], ['not ASCII', 'ä', 1]].map(([what, name, at]) => [what, name, `a text whose character ${at} is none of a token`])])('a header name may not be %s, and is not shown', async (_, name, shown) => {
  for (const headers of [{ [name]: 'v' }, [name, 'v'], [[name, 'v']]]) {
    expect(told(await refusal({ headers }))).toBe(`TypeError ERR_INVALID_HTTP_TOKEN Header name must be a valid HTTP token; received ${shown}`)
  }
})

test.each([['CR', 'secret\r'], ['LF', 'secret\nx: y'], ['NUL', 'secret\0'], ['DEL', 'secret\x7f'], ['more than latin1', 'secret☃']])('a header value may not hold %s, and is not shown', async (_, value) => {
  expect(told(await refusal({ headers: { 'x-key': value } }))).toBe("TypeError ERR_INVALID_CHAR Invalid character in the value of header 'x-key'")
})

test.each([['null', null], ['an object', {}], ['a list in a list', [['a']]], ['a list with a hole', [undefined]], ['a symbol', Symbol('s')]])('a header value may not be %s', async (_, value) => {
  expect(told(await refusal({ headers: { 'x-key': value } }))).toMatch(/^TypeError ERR_HTTP_INVALID_HEADER_VALUE Invalid value for header 'x-key': must be a string, a number or an array of strings; received /)
})

test.each(['transfer-encoding', 'Keep-Alive', 'upgrade', 'expect', 'proxy-connection'])('the header %s is refused', async name => {
  expect(told(await refusal({ headers: { [name]: 'x' } }))).toBe(`TypeError ERR_INVALID_ARG_VALUE Header '${name.toLowerCase()}' is the connection's own; use an agent to send it`)
})

test.each(['', ' ', 'a b', 'a/b', 'a@b', 'a?b', 'a#b', 'a\\b', 'a%20b', 'a"b', 'a:b', 'a:80:80', '::1', '[::1', '[a]b', '[]', ':80', 'ä'])('the header host may not be %j', async host => {
  expect(told(await refusal({ headers: { host } }))).toBe("TypeError ERR_INVALID_ARG_VALUE Header 'host' must be a host, with a port or without")
})

test('the header host has one value', async () => {
  expect(told(await refusal({ headers: ['host', 'a.test', 'Host', 'a.test'] }))).toBe("TypeError ERR_INVALID_ARG_VALUE Header 'host' must have one value; received two")
})

test('the header connection may only be close or keep-alive', async () => {
  expect(told(await refusal({ headers: { connection: 'upgrade' } }))).toBe("TypeError ERR_INVALID_ARG_VALUE Header 'connection' must be 'close' or 'keep-alive'; use an agent to send another")
})

test.each([
  ['a string', 'a: b', /^TypeError ERR_INVALID_ARG_TYPE headers must be an object, an array or iterable; received a string$/],
  ['a list of odd length', ['a', 'b', 'c'], /ERR_INVALID_ARG_VALUE headers, as a flat array, must have an even number of elements/],
  ['pairs of three', [['a', 'b', 'c']], /ERR_INVALID_ARG_VALUE headers must iterate over \[name, value\] pairs/],
  ['an iterable of strings', new Set(['ab']), /ERR_INVALID_ARG_VALUE headers must iterate over \[name, value\] pairs/]
])('headers may not be %s', async (_, headers, message) => {
  expect(told(await refusal({ headers }))).toMatch(message)
})

test.each(['x', '-1', '1.5', '0x10', ''])('content-length may not be %j', async value => {
  expect(told(await refusal({ method: 'POST', headers: { 'content-length': value } }))).toBe("TypeError ERR_INVALID_ARG_VALUE Header 'content-length' must be a number of bytes")
})

test('content-length may not be given twice with two values', async () => {
  expect(told(await refusal({ method: 'POST', body: 'abc', headers: ['content-length', '5', 'content-length', '3'] }))).toMatch(/^TypeError ERR_INVALID_ARG_VALUE Header 'content-length' /)
})

test.each([['a number', 5, '5'], ['a boolean', true, 'true'], ['a plain object', { a: 1 }, 'an instance of Object'], ['a function', function f () {}, 'function f'], ['a promise', Promise.resolve(''), 'an instance of Promise'], ['a symbol', Symbol('s'), 'Symbol(s)']])('body may not be %s', async (_, body, shown) => {
  expect(told(await refusal({ method: 'POST', body }))).toBe(`TypeError ERR_INVALID_ARG_TYPE body must be a string, a Buffer, an ArrayBuffer or a view of one, a Readable, a ReadableStream, an iterable, a Blob, FormData or URLSearchParams; received ${shown}`)
})

test.each([['a line end', 'a/b\r\nx-other: 1'], ['NUL', 'a/b\0'], ['more than latin1', 'a/☃']])('the type of a Blob may not hold %s', async (_, type) => {
  class Typed extends Blob {
    get type () { return type }
  }
  expect(told(await refusal({ method: 'POST', body: new Typed(['x']) }))).toBe("TypeError ERR_INVALID_CHAR Invalid character in the value of header 'content-type'")
})

test.each([['a string', 'a=1'], ['a number', 5], ['a boolean', true]])('query may not be %s', async (_, query) => {
  expect(told(await refusal({ query }))).toMatch(/^TypeError ERR_INVALID_ARG_TYPE query must be an object; received (?:a string|5|true)$/)
})

test.each([['an object', { a: { b: 1 } }], ['null', { a: null }], ['a function', { a () {} }], ['a list of objects', { a: [{}] }]])('a value of the query may not be %s', async (_, query) => {
  expect(told(await refusal({ query }))).toMatch(/^TypeError ERR_INVALID_ARG_TYPE query\.a must be a string, a number, a boolean or an array of them; received /)
})

test('query may not hold half a surrogate pair, which has no encoding', async () => {
  expect(told(await refusal({ query: { a: '\ud800' } }))).toBe('TypeError ERR_INVALID_ARG_VALUE query must be well-formed text; received half a surrogate pair')
})

test('query may not be a Map, whose entries would be lost', async () => {
  expect(told(await refusal({ query: new Map([['a', 1]]) }))).toMatch(/^TypeError ERR_INVALID_ARG_TYPE query must be an object; received an instance of Map/)
})

test('query may not be given for a URL that has one', async () => {
  expect(told(await refusal({ query: { a: 1 } }, server.url('/json?b=2')))).toBe('TypeError ERR_INVALID_ARG_VALUE query cannot be given for a url that has one')
})

const TIMEOUTS = ['queueTimeout', 'connectTimeout', 'headersTimeout', 'bodyTimeout', 'requestTimeout', 'timeout']

test.each(TIMEOUTS)('%s of a request may not be of another type', async name => {
  expect(told(await refusal({ [name]: '100' }))).toBe(`TypeError ERR_INVALID_ARG_TYPE ${name} must be an integer of milliseconds between 0 and 2147483647; received '100'`)
})

test.each(TIMEOUTS.flatMap(name => [-1, 1.5, NaN, Infinity, 2 ** 31].map(value => [name, value])))('%s of a request may not be %d', async (name, value) => {
  expect(told(await refusal({ [name]: value }))).toBe(`RangeError ERR_OUT_OF_RANGE ${name} must be an integer of milliseconds between 0 and 2147483647; received ${value}`)
})

test.each([['a string', 'abort'], ['a number', 1], ['an object', {}], ['a signal without a way to leave it', { addEventListener () {} }], ['true', true]])('signal may not be %s', async (_, signal) => {
  expect(told(await refusal({ signal }))).toMatch(/^TypeError ERR_INVALID_ARG_TYPE signal must be an AbortSignal or an EventEmitter; received /)
})

test.each([['a string', 'no'], ['null', null], ['a number', 0]])('decompress may not be %s', async (_, decompress) => {
  expect(told(await refusal({ decompress }))).toMatch(/^TypeError ERR_INVALID_ARG_TYPE decompress must be a boolean; received /)
})

test.each([['a number', 5], ['an object', {}], ['null', null]])('a chunk of a streamed body may not be %s', async (_, chunk) => {
  const body = (async function * () { yield 'a'; yield chunk })()
  const error = await rejection(open().request(server.url('/sink'), { method: 'POST', body }))
  expect(told(error)).toMatch(/^TypeError ERR_INVALID_ARG_TYPE A chunk of the request body must be a string, a Buffer or another view of an ArrayBuffer; received /)
})

test('a refused request leaves no listener on its signal', async () => {
  const signal = new EventEmitter()
  await refusal({ signal, method: 'bad method' })
  expect(signal.listenerCount('abort')).toBe(0)
})

test('a head that is larger than the crossing is refused, and the next request goes on', async () => {
  const pool = open()
  const signal = new EventEmitter()
  const error = await rejection(pool.request(server.url('/json'), { headers: { 'x-large': 'a'.repeat(300_000) }, signal }))
  expect(told(error)).toMatch(/^RangeError ERR_OUT_OF_RANGE .*head/)
  expect([(await pool.request(server.url('/json'))).statusCode, signal.listenerCount('abort')]).toEqual([200, 0])
})

test.each(['maxSockets', 'keepAlive', 'tls', 'localAddress', 'proxy', 'lookup'])('%s is not a request\'s to set', async name => {
  expect(told(await refusal({ [name]: {} }))).toMatch(new RegExp(`^TypeError ERR_INVALID_ARG_TYPE ${name} `))
})

test('options that no version knows pass', async () => {
  expect((await open().request(server.url('/json'), /** @type {any} */ ({ opaque: 1 }))).statusCode).toBe(200)
})

test('a path and query that no engine holds are refused by name', async () => {
  const error = await refusal({}, server.url(`/json?${'a'.repeat(65_529)}`))
  expect(told(error)).toBe('RangeError ERR_OUT_OF_RANGE url must have at most 65534 characters of path and query; received 65535')
})

test('a header name that no engine holds is refused by name', async () => {
  const error = await refusal({ headers: { ['a'.repeat(65_536)]: 'v' } })
  expect(told(error)).toBe('RangeError ERR_OUT_OF_RANGE Header name must be at most 65535 characters; received 65536')
})

test('more headers than the engine holds are refused, and the next request goes on', async () => {
  const headers = Object.fromEntries(Array.from({ length: 24_001 }, (_, i) => [`x${i.toString(36)}`, '']))
  expect(told(await refusal({ headers }))).toBe('RangeError ERR_OUT_OF_RANGE headers must be at most 24000 lines')
  expect((await open().request(server.url('/json'))).statusCode).toBe(200)
})

test('what was wrong is told by rejection, never by a throw', () => {
  const asked = open().request(undefined, null)
  expect(asked).toBeInstanceOf(Promise)
  return asked.catch(() => {})
})
