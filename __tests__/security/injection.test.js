'use strict'

// Nothing that a caller passes becomes a second header, a second request or another host. The server sees raw bytes.

const http = require('node:http')
const { createPooledHttpClient } = require('../..')
const { open } = require('../support/pools')
const { tcpServer } = require('../support/servers')

/** What would end a line, a token or a word, on its own and with what an attacker would set behind it. */
const ENDS = ['\r\nx-evil: 1', '\nx-evil: 1', '\rx-evil: 1', '\r\n\r\nGET /evil HTTP/1.1\r\n\r\n', '\0', '\u010a', '\u010dx-evil: 1', '\u2028x-evil: 1', '\ud800', '嘊嘍x-evil: 1']

/** A server that keeps what it was sent, byte by byte. */
async function recorder () {
  const seen = []
  const { url, port } = await tcpServer(socket => {
    let text = ''
    socket.on('data', data => {
      seen.push(data.toString('latin1'))
      text += data.toString('latin1')
      if (/\r\n\r\n$|0\r\n.*\r\n\r\n$/s.test(text) || text.endsWith('--\r\n')) {
        text = ''
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
      }
    })
  })
  return { url, port, text: () => seen.join('') }
}

/** Places in a call where a text goes, each with who calls. */
const PLACES = {
  'a header name of pool.request': (pool, url, bad) => pool.request(url, { headers: { [`x-a${bad}`]: '1' } }),
  'a header name in a flat list': (pool, url, bad) => pool.request(url, { headers: [`x-a${bad}`, '1'] }),
  'a header value of pool.request': (pool, url, bad) => pool.request(url, { headers: { 'x-a': `1${bad}` } }),
  'a header value in a list': (pool, url, bad) => pool.request(url, { headers: { 'x-a': ['1', `2${bad}`] } }),
  'the host header': (pool, url, bad) => pool.request(url, { headers: { host: `a.test${bad}` } }),
  'the method of pool.request': (pool, url, bad) => pool.request(url, { method: `GET${bad}` }),
  'a header name of pool.fetch': (pool, url, bad) => pool.fetch(url, { headers: { [`x-a${bad}`]: '1' } }),
  'a header value of pool.fetch': (pool, url, bad) => pool.fetch(url, { headers: { 'x-a': `1${bad}` } }),
  'the method of pool.fetch': (pool, url, bad) => pool.fetch(url, { method: `GET${bad}` }),
  'a header value of an agent': (pool, url, bad) => byAgent(pool, url, { headers: { 'x-a': `1${bad}` } }),
  'a header name of an agent': (pool, url, bad) => byAgent(pool, url, { headers: { [`x-a${bad}`]: '1' } }),
  'the path of an agent': (pool, url, bad) => byAgent(pool, url, { path: `/${bad}` }),
  'a header value of the generic client': (pool, url, bad) => createPooledHttpClient({}, pool).get(url, { headers: { 'x-a': `1${bad}` } })
}

const byAgent = (pool, url, options) => new Promise((resolve, reject) => {
  http.get(url, { agent: pool.getHttpAgent(), ...options }, response => response.resume().on('end', resolve)).on('error', reject)
})

describe.each(Object.entries(PLACES))('through %s', (place, send) => {
  test.each(ENDS.map(end => [JSON.stringify(end), end]))('%s sends nothing', async (_, end) => {
    const { url, text } = await recorder()
    const pool = open({ maxSockets: 1 })
    await expect((async () => send(pool, url, end))()).rejects.toThrow()
    await (await pool.request(`${url}/after`)).body.text()
    expect(text()).not.toMatch(/evil/)
    expect(text().match(/^[A-Z]+ /gm)).toEqual(['GET '])
  })
})

/** Places where a text is encoded in place of being refused. */
const ENCODED = {
  'the path of a URL': (pool, url, bad) => pool.request(`${url}/${bad}`),
  'the query of a URL': (pool, url, bad) => pool.request(`${url}/?${bad}`),
  'the query option': (pool, url, bad) => pool.request(url, { query: { [`a${bad}`]: `b${bad}` } }),
  'the URL of fetch': (pool, url, bad) => pool.fetch(`${url}/${bad}?${bad}`),
  'credentials in a URL': (pool, url, bad) => pool.request(url.replace('//', `//user${encodeURIComponent(bad)}:${encodeURIComponent(bad)}@`)),
  'the name and file name of a part': (pool, url, bad) => {
    const form = new FormData()
    form.append(`field${bad}"; x="`, new Blob(['x']), `file${bad}"; y="`)
    return pool.fetch(url, { method: 'POST', body: form })
  }
}

describe.each(Object.entries(ENCODED))('through %s', (place, send) => {
  test.each(ENDS.filter(end => end !== '\ud800').map(end => [JSON.stringify(end), end]))('%s is data and nothing else', async (_, end) => {
    const { url, text } = await recorder()
    const pool = open({ maxSockets: 1 })
    const { body } = await send(pool, url, end)
    await (body?.text?.() ?? body?.cancel())
    expect(text()).not.toMatch(/^x-evil|^GET \/evil/m)
    expect(text().match(/^(?:GET|POST) \S* HTTP\/1\.1\r$/gm)).toHaveLength(1)
  })
})

test.each(['http://a.test\r\nx-evil: 1/', 'http://a b.test/', 'http://a.test\0/', 'http://a%0d%0a.test/', 'http://[::1%0d%0a]/', 'http://a\\b@c.test/'])('%j is no host, or is not the one it seems', async url => {
  const pool = open({ connectTimeout: 500 })
  const error = await pool.request(url).then(() => null, error => error)
  expect(error).not.toBeNull()
  expect(String(error.message)).not.toMatch(/[\r\n]/)
})
