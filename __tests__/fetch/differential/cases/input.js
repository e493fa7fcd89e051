'use strict'

/** @typedef {import('../play').Case} Case */

const BLOB = URL.createObjectURL(new Blob(['blob'], { type: 'text/x' }))

/** @type {Record<string, (url: string, other: string) => any>} what is given as the input */
const inputs = {
  'a string': url => `${url}/echo?a=b&c=%20d`,
  'a URL': url => new URL(`${url}/echo?a=b`),
  'a Request': url => new Request(`${url}/echo`, { method: 'PUT', headers: { 'x-own': '1' }, body: 'body' }),
  'an object with a toString': url => ({ toString: () => `${url}/echo` }),
  'a fragment': url => `${url}/echo#fragment`,
  'a query alone': url => `${url}?a=b`,
  'an origin alone': url => url,
  'characters to escape': url => `${url}/ä b/"<>^\`{|}?q=ä b"<>'`,
  'dots in the path': url => `${url}/a/../b/./c`,
  'encoded dots in the path': url => `${url}/a/%2e%2e/b`,
  'a backslash in the path': url => `${url}\\echo\\x`,
  'tabs and line ends within': url => `${url}/ec\tho\n?x=\r1`,
  'white space around': url => `  ${url}/echo \n`,
  'an upper-case scheme': url => `${url.replace('http', 'HTTP')}/echo`,
  'an upper-case host': url => `${url.replace('127.0.0.1', 'LOCALHOST')}/echo`,
  'a host in another notation': url => `${url.replace('127.0.0.1', '0x7f.1')}/echo`,
  'a scheme without slashes': url => `${url.replace('http://', 'http:')}/echo`,
  'half a surrogate pair': url => `${url}/echo?\ud800`,
  credentials: url => `${url.replace('//', '//user:secret@')}/echo`,
  'a user alone': url => `${url.replace('//', '//user@')}/echo`,
  'empty credentials': url => `${url.replace('//', '//:@')}/echo`,
  'an at sign in the path': url => `${url}/a@b?c@d#e@f`,
  'a URL with credentials': url => new URL(`${url.replace('//', '//user:secret@')}/echo`),
  'nothing listening': (_, other) => other,
  'a port of another protocol': () => 'http://127.0.0.1:6000/',
  'a port that is none': () => 'http://127.0.0.1:65536/',
  'port zero': () => 'http://127.0.0.1:0/',
  'no host': () => 'http:///',
  'a bad host': () => 'http://a b/',
  'a relative path': () => '/echo',
  'an empty string': () => '',
  'a word': () => 'nowhere',
  undefined: () => undefined,
  null: () => null,
  'a number': () => 5,
  'a plain object': () => ({}),
  'ftp:': () => 'ftp://127.0.0.1/',
  'file:': () => 'file:///nowhere',
  'about:blank': () => 'about:blank',
  'about:other': () => 'about:other',
  'javascript:': () => 'javascript:1',
  'ws:': () => 'ws://127.0.0.1/',
  'data: of text': () => 'data:text/plain;charset=utf-8,a%20b',
  'data: in base64': () => 'data:application/json;base64,eyJhIjoxfQ==',
  'data: that is broken': () => 'data:text/plain',
  'blob:': () => BLOB,
  'blob: that was revoked': () => 'blob:nodedata:00000000-0000-0000-0000-000000000000'
}

/** @type {Record<string, Case>} */
const cases = Object.fromEntries(Object.entries(inputs).map(([name, input]) =>
  [name, ({ fetch, url, closed }) => fetch(input(url, closed))]))

cases['no argument'] = ({ fetch }) => fetch()
cases['a symbol'] = ({ fetch }) => fetch(Symbol('x'))
cases['a Request whose body was used'] = async ({ fetch, url }) => {
  const request = new Request(`${url}/echo`, { method: 'POST', body: 'x' })
  await request.text()
  return fetch(request)
}
cases['a Request with a body, which is used then'] = async ({ fetch, url }) => {
  const request = new Request(`${url}/echo`, { method: 'POST', body: 'x' })
  const response = await fetch(request)
  return [response, request.bodyUsed]
}
cases['a Request given another body, which is not used then'] = async ({ fetch, url }) => {
  const request = new Request(`${url}/echo`, { method: 'POST', body: 'x' })
  const response = await fetch(request, { body: 'y' })
  return [response, request.bodyUsed]
}
cases['a Request of a stream'] = ({ fetch, url }) =>
  fetch(new Request(`${url}/echo`, /** @type {any} */ ({ method: 'POST', body: new Blob(['stream']).stream(), duplex: 'half' })))
cases['a Request of a form'] = ({ fetch, url }) => {
  const form = new FormData()
  form.set('a', '1')
  return fetch(new Request(`${url}/echo`, { method: 'POST', body: form }))
}
cases['a Request given another method'] = ({ fetch, url }) => fetch(new Request(`${url}/echo`, { headers: { a: 'b' } }), { method: 'DELETE' })
cases['a Request given other headers'] = ({ fetch, url }) => fetch(new Request(`${url}/echo`, { headers: { a: 'b' } }), { headers: { c: 'd' } })
cases['a Request that redirects by hand'] = ({ fetch, url }) => fetch(new Request(`${url}/moved?to=/echo`, { redirect: 'manual' }))
cases['a subclass of Request'] = ({ fetch, url }) => fetch(new (class extends Request {})(`${url}/echo`))

module.exports = cases
