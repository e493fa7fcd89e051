'use strict'

/** @typedef {import('../play').Case} Case */

/** What is given as headers. @type {Record<string, () => any>} */
const given = {
  'an object': () => ({ 'X-Own': '1', accept: 'text/x' }),
  pairs: () => [['x-own', '1'], ['X-Own', '2'], ['Cookie', 'a=1'], ['cookie', 'b=2']],
  Headers: () => new Headers([['x-own', '1'], ['x-own', '2']]),
  'a Map': () => new Map([['x-own', '1']]),
  'a generator': () => (function * () { yield ['x-own', '1'] })(),
  'names that differ in case': () => ({ 'x-own': '1', 'X-OWN': '2' }),
  numbers: () => ({ 'x-own': 1, 'x-none': null, 'x-undefined': undefined, 'x-true': true }),
  'a list as a value': () => ({ 'x-own': ['1', '2'] }),
  'an object as a value': () => ({ 'x-own': {} }),
  'a symbol as a value': () => ({ 'x-own': Symbol('x') }),
  'a symbol as a name': () => ({ [Symbol('x')]: '1' }),
  'an empty value': () => ({ 'x-own': '' }),
  'white space round a value': () => ({ 'x-own': ' \t1 \r\n' }),
  'a tab in a value': () => ({ 'x-own': 'a\tb' }),
  'Latin-1': () => ({ 'x-own': '\xe4\xff' }),
  'beyond Latin-1': () => ({ 'x-own': '€' }),
  'a line end in a value': () => ({ 'x-own': 'a\r\nb: c' }),
  'a zero in a value': () => ({ 'x-own': 'a\0b' }),
  'a control character in a value': () => ({ 'x-own': 'a\x01b' }),
  'a delete character in a value': () => ({ 'x-own': 'a\x7fb' }),
  'an empty name': () => ({ '': '1' }),
  'a name with a space': () => ({ 'x own': '1' }),
  'a name beyond ASCII': () => ({ 'x-ä': '1' }),
  'a name of a prototype': () => JSON.parse('{"__proto__": "1", "constructor": "2"}'),
  'pairs of one': () => [['x-own']],
  'pairs of three': () => [['x-own', '1', '2']],
  'a flat list': () => ['x-own', '1'],
  null: () => null,
  'a string': () => 'x-own: 1',
  'a number': () => 5,
  'an empty list': () => [],
  'a host': () => ({ host: 'elsewhere.test' }),
  'a Host in pairs': () => [['Host', 'elsewhere.test']],
  'connection: close': () => ({ connection: 'close' }),
  'connection: keep-alive': () => ({ connection: 'keep-alive' }),
  'connection: upgrade': () => ({ connection: 'upgrade' }),
  'keep-alive': () => ({ 'keep-alive': 'timeout=5' }),
  'transfer-encoding': () => ({ 'transfer-encoding': 'chunked' }),
  upgrade: () => ({ upgrade: 'websocket' }),
  expect: () => ({ expect: '100-continue' }),
  'proxy-connection': () => ({ 'proxy-connection': 'close' }),
  te: () => ({ te: 'trailers' }),
  trailer: () => ({ trailer: 'x-sum' }),
  'a content type without a body': () => ({ 'content-type': 'text/x' }),
  'content-length without a body': () => ({ 'content-length': '0' }),
  'a wrong content-length without a body': () => ({ 'content-length': '5' }),
  'a content-length that is none': () => ({ 'content-length': 'x' }),
  'set-cookie': () => ({ 'set-cookie': 'a=1' }),
  'two set-cookies': () => [['set-cookie', 'a=1'], ['set-cookie', 'b=2']],
  'what a page may not set': () => ({ origin: 'http://a.test', referer: 'http://b.test/', date: 'today', via: 'x', 'sec-own': '1', 'proxy-own': '1', 'accept-charset': 'x', 'access-control-request-method': 'GET' }),
  'sec-fetch-mode': () => ({ 'sec-fetch-mode': 'navigate' }),
  'what is sent unasked': () => ({ accept: 'a/b', 'accept-language': 'de', 'user-agent': 'me', 'accept-encoding': 'br' }),
  range: () => ({ range: 'bytes=0-1' }),
  'range with a coding': () => ({ range: 'bytes=0-1', 'accept-encoding': 'gzip' }),
  'if-none-match': () => ({ 'if-none-match': '"x"' }),
  'if-modified-since': () => ({ 'if-modified-since': 'today' }),
  'cache-control': () => ({ 'cache-control': 'max-age=5' }),
  authorization: () => ({ authorization: 'Bearer x' }),
  many: () => Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`x-${i}`, String(i)]))
}

/** @type {Record<string, Case>} */
const cases = {}
for (const [name, headers] of Object.entries(given)) {
  cases[name] = ({ fetch, url }) => fetch(`${url}/echo`, { headers: headers() })
  cases[`${name}, through a Request`] = ({ fetch, url }) => fetch(new Request(`${url}/echo`, { headers: headers() }))
}
cases['content-length of a body'] = ({ fetch, url }) => fetch(`${url}/echo`, { method: 'POST', body: 'abc', headers: { 'content-length': '3' } })
cases['a wrong content-length of a body'] = ({ fetch, url }) => fetch(`${url}/echo`, { method: 'POST', body: 'abc', headers: { 'content-length': '5' } })
cases['a content type over the body\'s'] = ({ fetch, url }) => fetch(`${url}/echo`, { method: 'POST', body: 'abc', headers: { 'Content-Type': 'text/x' } })
cases['headers that are changed during the call'] = async ({ fetch, url }) => {
  const headers = new Headers({ a: 'b' })
  const call = fetch(`${url}/echo`, { headers })
  headers.set('a', 'c')
  return call
}

module.exports = cases
