'use strict'

/** @typedef {import('../play').Case} Case */

/** What is given as init, for a GET of /echo. @type {Record<string, any>} */
const inits = {
  null: null,
  'an empty object': {},
  'a number': 5,
  'a string': 'x',
  'a function': () => {},
  'an object without a prototype': Object.assign(Object.create(null), { method: 'DELETE' }),
  'members that it inherits': Object.create({ method: 'DELETE', headers: { a: 'b' } }),
  'members that are not known': { unknown: 1, agent: 2, timeout: 3 },
  'method null': { method: null },
  'method undefined': { method: undefined },
  'method empty': { method: '' },
  'method with a space': { method: 'BAD METHOD' },
  'method of a number': { method: 5 },
  'method get': { method: 'get' },
  'method delete': { method: 'delete' },
  'method options': { method: 'options' },
  'method head': { method: 'head' },
  'method patch in lower case': { method: 'patch' },
  'method PURGE': { method: 'PURGE' },
  'method purge': { method: 'purge' },
  'method CONNECT': { method: 'CONNECT' },
  'method trace': { method: 'trace' },
  'method TRACK': { method: 'TRACK' },
  'redirect that is none': { redirect: 'up' },
  'redirect null': { redirect: null },
  'mode no-cors': { mode: 'no-cors' },
  'mode same-origin': { mode: 'same-origin' },
  'mode navigate': { mode: 'navigate' },
  'mode that is none': { mode: 'up' },
  'credentials omit': { credentials: 'omit' },
  'credentials include': { credentials: 'include' },
  'credentials that are none': { credentials: 'up' },
  'cache no-store': { cache: 'no-store' },
  'cache reload': { cache: 'reload' },
  'cache no-cache': { cache: 'no-cache' },
  'cache force-cache': { cache: 'force-cache' },
  'cache only-if-cached': { cache: 'only-if-cached' },
  'cache only-if-cached of one origin': { cache: 'only-if-cached', mode: 'same-origin' },
  'cache that is none': { cache: 'up' },
  'referrer of a page': { referrer: 'http://example.com/page?x#y' },
  'referrer empty': { referrer: '' },
  'referrer client': { referrer: 'about:client' },
  'referrer that is none': { referrer: 'http://' },
  'referrerPolicy no-referrer': { referrerPolicy: 'no-referrer', referrer: 'http://example.com/' },
  'referrerPolicy unsafe-url': { referrerPolicy: 'unsafe-url', referrer: 'http://example.com/page' },
  'referrerPolicy origin': { referrerPolicy: 'origin', referrer: 'http://example.com/page' },
  'referrerPolicy that is none': { referrerPolicy: 'up' },
  keepalive: { keepalive: true },
  'integrity empty': { integrity: '' },
  'integrity of nothing known': { integrity: 'md5-abc' },
  'integrity that does not hold': { integrity: 'sha256-AAAA' },
  'integrity without a digest': { integrity: 'sha256-' },
  'window null': { window: null },
  'window that is one': { window: {} },
  'duplex full': { duplex: 'full' },
  'duplex that is none': { duplex: 'up' },
  'priority high': { priority: 'high' },
  'signal null': { signal: null },
  'signal undefined': { signal: undefined },
  'signal that is none': { signal: {} },
  'signal of a number': { signal: 5 },
  'body on GET': { body: 'x' },
  'body null on GET': { body: null },
  'body empty on GET': { body: '' },
  'body on HEAD': { method: 'HEAD', body: 'x' },
  'POST without a body': { method: 'POST' },
  'PUT without a body': { method: 'PUT' },
  'PATCH without a body': { method: 'PATCH' },
  'DELETE with a body': { method: 'DELETE', body: 'x' },
  'OPTIONS with a body': { method: 'OPTIONS', body: 'x' },
  'keepalive with a body': { method: 'POST', keepalive: true, body: 'x' }
}

/** @type {Record<string, Case>} */
const cases = Object.fromEntries(Object.entries(inits).map(([name, init]) =>
  [name, ({ fetch, url }) => fetch(`${url}/echo`, init)]))

cases['a getter that throws'] = ({ fetch, url }) => fetch(`${url}/echo`, { get method () { throw new RangeError('mine') } })
cases['integrity that holds'] = ({ fetch, url }) => fetch(`${url}/text?body=abc`, { integrity: 'sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=' })
cases['integrity of a reply without a body'] = ({ fetch, url }) => fetch(`${url}/text?body=abc`, { method: 'HEAD', integrity: 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' })
cases['integrity of one in two'] = ({ fetch, url }) => fetch(`${url}/text?body=abc`, { integrity: 'sha256-AAAA sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=' })
cases['integrity, the strongest counts'] = ({ fetch, url }) => fetch(`${url}/text?body=abc`, { integrity: 'sha512-AAAA sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=' })
cases['integrity after a redirect'] = ({ fetch, url }) => fetch(`${url}/moved?to=${encodeURIComponent('/text?body=abc')}`, { integrity: 'sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=' })
cases['keepalive with a stream'] = ({ fetch, url }) => fetch(`${url}/echo`, { method: 'POST', keepalive: true, body: new Blob(['x']).stream(), duplex: 'half' })

module.exports = cases
