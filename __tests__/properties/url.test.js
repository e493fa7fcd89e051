'use strict'

const fc = require('fast-check')
const { parts, split } = require('../../lib/url')

/** What the platform makes of a URL. */
function platforms (text) {
  const url = new URL(text)
  const userinfo = url.username === '' && url.password === '' ? '' : `${url.username}:${url.password}@`
  return { origin: `${url.protocol}//${userinfo}${url.host}`, target: url.pathname + queryOf(url) }
}

/** An empty one is there too, though `search` does not say so. @param {URL} url */
const queryOf = ({ href, search }) => search !== '' || !href.replace(/#.*$/s, '').endsWith('?') ? search : '?'

/** As `URL.canParse`, but right on Node 20. */
const isUrl = text => { try { return Boolean(new URL(text)) } catch { return false } }

/** Pieces of which the parser makes something else than it seems. */
const piece = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('a', 'B', '.', '..', '%2e', '%2E%2e', '/', '//', '\\', '?', '#', '@', ':', ':80', ':443', '%', '%zz', ' ', '\t', '\n', '\r\n', "'", '"', '<', '|', '^', '[', ']', '{', 'é', '😀', '\ud800', '%00', '127.1', '[::1]', '0x7f.1', 'xn--a', '-') },
  fc.string({ unit: 'binary', maxLength: 3 })
)
const url = fc.tuple(fc.constantFrom('http://', 'https://', 'HTTP://', 'http:/', 'http:', 'http:\\\\'), fc.constantFrom('host', 'host.test', 'Host:8080', '127.0.0.1', '[::1]:81', 'u:p@host', ''), fc.array(piece, { maxLength: 8 }))
  .map(([scheme, host, pieces]) => scheme + host + pieces.join(''))

test('a URL goes where the platform would send it, or nowhere', () => {
  fc.assert(fc.property(url, text => {
    if (!isUrl(text)) return void expect(() => at(text)).toThrow(expect.objectContaining({ code: expect.stringMatching(/^ERR_INVALID_(URL|PROTOCOL)$/) }))
    const { protocol, hostname, port } = new URL(text)
    const expected = platforms(text)
    const place = split(text)
    expect(place.target).toBe(expected.target)
    let known
    try {
      known = parts(place.origin)
    } catch (error) {
      // Only credentials that are no UTF-8 are refused beyond that.
      return void expect([error.code, text.includes('%')]).toEqual(['ERR_INVALID_URL', true])
    }
    expect([`${known.scheme}:`, known.host, known.port]).toEqual([protocol, hostname.replace(/^\[|\]$/g, ''), Number(port) || (protocol === 'https:' ? 443 : 80)])
  }), { numRuns: 3_000 })
}, 120_000)

test('a URL that is asked for again and again, among others, goes where it went', () => {
  const urls = ['http://a.test/x', 'http://a.test/y', 'http://b.test/x', 'http://a.test/x?q=1', 'http://a.test']
  fc.assert(fc.property(fc.array(fc.constantFrom(...urls), { maxLength: 20 }), asked => {
    expect(asked.map(text => `${text} `.trim()).map(text => { const { origin, target } = split(text); return [origin, target] }))
      .toEqual(asked.map(text => { const { origin, target } = platforms(text); return [origin, target] }))
  }), { numRuns: 300 })
})

const at = text => { const { origin } = split(text); return parts(origin) }

test('a target holds no blank and no line end', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (path, query) => {
    expect(split(`http://host/${path}?${query}`).target).toMatch(/^\/[\x21-\x7e]*$/)
  }), { numRuns: 2_000 })
})

test('a blank at the end of a host is refused, as by the platform', () => {
  expect(() => at('http://host /')).toThrow(expect.objectContaining({ code: 'ERR_INVALID_URL' }))
})

test('a host with an umlaut is one, however often it is asked for', () => {
  for (let i = 0; i < 20_000; i++) if (at('http://b\u00fccher.test').host !== 'xn--bcher-kva.test') throw new Error(`not at turn ${i}`)
})
