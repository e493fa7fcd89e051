'use strict'

/** @typedef {import('../play').Case} Case */

/** @type {Record<string, Case>} */
const cases = {}

const to = (/** @type {string} */ location) => encodeURIComponent(location)

for (const code of [300, 301, 302, 303, 304, 305, 307, 308]) {
  for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PURGE']) {
    cases[`${code} of a ${method}`] = ({ fetch, url }) => fetch(`${url}/moved?code=${code}&to=/echo`, {
      method, ...['POST', 'PUT'].includes(method) && { body: 'body', headers: { 'content-type': 'text/x', 'content-language': 'de', 'x-own': '1' } }
    })
  }
  for (const redirect of ['manual', 'error']) {
    cases[`${code}, redirect: '${redirect}'`] = async ({ fetch, url }) => {
      const response = await fetch(`${url}/moved?code=${code}&to=/echo`, { redirect })
      return [response, response.headers.get('location')]
    }
  }
}

/** @type {Record<string, (url: string, other: string) => string>} */
const locations = {
  'a path': () => '/echo?x=1',
  'a relative path': () => 'echo',
  'a query': () => '?x=1&code=200',
  'another origin': (_, other) => `${other}/echo`,
  'a fragment': () => '/echo#new',
  empty: () => '',
  'a space': () => '/echo?a b',
  'no URL': () => 'http://',
  'a bad port': () => 'http://127.0.0.1:6000/',
  'data:': () => 'data:,x',
  'file:': () => 'file:///x',
  'credentials of the same origin': url => `${url.replace('//', '//user:secret@')}/echo`,
  'credentials of another origin': (_, other) => `${other.replace('//', '//user:secret@')}/echo`
}
for (const [name, location] of Object.entries(locations)) {
  cases[`to ${name}`] = ({ fetch, url, other }) => fetch(`${url}/moved?to=${to(location(url, other))}`)
  cases[`to ${name}, from a fragment`] = async ({ fetch, url, other }) => (await fetch(`${url}/moved?to=${to(location(url, other))}#old`)).url
  cases[`to ${name}, not followed`] = ({ fetch, url, other }) => fetch(`${url}/moved?to=${to(location(url, other))}`, { redirect: 'manual' })
}

const SECRETS = { authorization: 'Bearer x', cookie: 'a=1', 'proxy-authorization': 'x', host: 'mine.test', 'x-own': '1', 'x-api-key': 'y' }

Object.assign(cases, {
  'without a location': ({ fetch, url }) => fetch(`${url}/moved`),
  'credentials stay within an origin': ({ fetch, url }) => fetch(`${url}/moved?to=/echo`, { headers: SECRETS }),
  'credentials are not for another origin': ({ fetch, url, other }) => fetch(`${url}/moved?to=${to(`${other}/echo`)}`, { headers: SECRETS }),
  'nor are they back again': ({ fetch, url, other }) =>
    fetch(`${url}/moved?to=${to(`${other}/moved?to=${to(`${url}/echo`)}`)}`, { headers: SECRETS }),
  twenty: ({ fetch, url }) => fetch(`${url}/again?left=20`),
  'twenty-one': ({ fetch, url }) => fetch(`${url}/again?left=21`),
  'a circle': ({ fetch, url }) => fetch(`${url}/moved?to=${to('/circle')}`).then(response => response.status),
  'a POST of a stream, 303': ({ fetch, url }) => fetch(`${url}/moved?code=303&to=/echo`, { method: 'POST', body: new Blob(['x']).stream(), duplex: 'half' }),
  'a POST of a stream, 302': ({ fetch, url }) => fetch(`${url}/moved?code=302&to=/echo`, { method: 'POST', body: new Blob(['x']).stream(), duplex: 'half' }),
  'a POST of a stream, 308': ({ fetch, url }) => fetch(`${url}/moved?code=308&to=/echo`, { method: 'POST', body: new Blob(['x']).stream(), duplex: 'half' }),
  'same-origin mode to another origin': ({ fetch, url, other }) => fetch(`${url}/moved?to=${to(`${other}/echo`)}`, { mode: 'same-origin' }),
  'no-cors mode': ({ fetch, url }) => fetch(`${url}/moved?to=/echo`, { mode: 'no-cors' }),
  'a referrer goes along': ({ fetch, url }) => fetch(`${url}/moved?to=/echo`, { referrer: 'http://example.com/page', referrerPolicy: 'unsafe-url' }),
  'under the policy that the reply names': ({ fetch, url }) =>
    fetch(`${url}/moved?policy=${to('unsafe-url, origin, unheard-of')}&to=/echo`, { referrer: 'http://example.com/page?x', referrerPolicy: 'unsafe-url' }),
  'a clone is redirected too': async ({ fetch, url }) => {
    const twin = (await fetch(`${url}/moved?to=/echo`)).clone()
    return [twin.redirected, twin.url]
  }
})

module.exports = cases
