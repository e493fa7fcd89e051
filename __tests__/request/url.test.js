'use strict'

const { split, parts } = require('../../lib/url')

const PLAIN = [
  'http://h.test/', 'https://h.test/v1/embeddings?model=a&b=c,d', 'http://h.test:8080/a;b=c/(d)', 'http://h.test/%41%2f', 'http://h.test/a//b'
]

const NASTY = [
  'http://h.test', 'http://h.test?x', 'http://h.test#x', 'HTTP://H.TEST/A', 'http://H.TEST:80/A', 'https://h.test:443/x',
  'http://h.test:/x', 'http://h.test/a/../b', 'http://h.test/a/./b', 'http://h.test/..', 'http://h.test/%2e%2e/x', 'http://h.test/a/%2E/b',
  'http://h.test/.hidden', 'http://h.test/a b', 'http://h.test/a"b', "http://h.test/a?b='c'", 'http://h.test/<x>', 'http://h.test/ä',
  'http://h.test/a\\b', 'http://h.test\\a/b', 'http://h.test\\..\\a/b', 'http://h.test/a#b', 'http://h.test/a?b#c', 'http://h.test/?', 'http://h.test/?#',
  ' http://h.test/', 'http://h.test/ ', 'http://h.test/\t', 'ht\ntp://h.test/x', 'http://h\t.test/x', 'http://h.test/a\nb', 'http://h.test\n/x',
  'http:/h.test/x', 'http:h.test/x', 'http:///h.test/x', 'http:////h.test/x', 'http://///h.test/x', 'https:///h.test/x',
  'http://[::1]/x', 'http://[::1]:81/x', 'http://[0:0::1]/x', 'http://0x7f.1/x', 'http://127.1/x', 'http://2130706433/x',
  'http://bücher.test/x', 'http://xn--bcher-kva.test/x', 'http://h.test./x', 'http://a/b', 'http://a/',
  'http://u:p@h.test/x', 'http://u@h.test/x', 'http://:p@h.test/x', 'http://u:p@q@h.test/x', 'http://h.test/x@y', 'http://h.test/x?y@z',
  'http://h.test@evil.test/x', 'http://h.test\\@evil.test/x', 'http://h.test/`{|}^', 'http://h.test/[a]', 'http://h.test/a%zz', 'http://h.test/a%',
  'http://h.test/\u007f', 'http://h%2Etest/x', 'http://h.test/a?b=/../c', 'http://h.test/a?/./b'
]

const REFUSED = ['http://', 'http://:80/x', 'http://h test/x', 'http://h.test:99999/x', 'http://[::1/x', 'http://h<.test/x', 'http://h%00.test/x', 'http://^/x']

/** Path and query as the URL is written, where an empty query is one too. @param {URL} url */
const targetOf = ({ href }) => href.replace(/#.*$/s, '').replace(/^[a-z]+:\/\/[^/]*/, '')

test.each([...PLAIN, ...NASTY])('%j goes where URL says', text => {
  const url = new URL(text)
  const { origin, target } = split(text)
  const { scheme, host, port } = parts(origin)
  expect({ scheme: `${scheme}:`, host, port, target }).toEqual({
    scheme: url.protocol,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || (url.protocol === 'https:' ? 443 : 80)),
    target: targetOf(url)
  })
})

test.each([...PLAIN, ...NASTY])('%j keeps its credentials', text => {
  const url = new URL(text)
  const expected = url.username === '' && url.password === '' ? null : `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  expect(parts(split(text).origin).userinfo).toBe(expected)
})

test.each(REFUSED)('%j is refused as URL refuses it', text => {
  expect(URL.canParse(text)).toBe(false)
  expect(() => parts(split(text).origin)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_URL' }))
})

test.each(PLAIN)('%j is not parsed', text => {
  expect(split(text).url).toBeNull()
})

test('any mix of the characters that matter goes where URL says', () => {
  const pieces = ['/', '\\', '.', '..', '%2e', '?', '#', '@', ':', 'a', '%', "'", ' ', '~', '\t', 'é', '[', '8']
  // A generator of our own, so that every run tries the same.
  let state = 1
  const next = () => (state = (state * 48271) % 2147483647)
  for (let round = 0; round < 20_000; round++) {
    const text = `http://h.test${Array.from({ length: 1 + next() % 7 }, () => pieces[next() % pieces.length]).join('')}`
    if (!URL.canParse(text)) continue
    const url = new URL(text)
    if (url.username !== '' || url.password !== '') continue // may be no UTF-8, of which below
    const { origin, target } = split(text)
    const { host, port } = parts(origin)
    expect([text, host, String(port), target]).toEqual([text, url.hostname, url.port || '80', targetOf(url)])
  }
})

test('credentials that are no UTF-8 are refused without being shown', () => {
  const refused = () => parts('http://u%ff:secret@h.test')
  expect(refused).toThrow(expect.objectContaining({ name: 'TypeError', code: 'ERR_INVALID_URL' }))
  expect(refused).toThrow(expect.not.objectContaining({ message: expect.stringContaining('secret') }))
})
