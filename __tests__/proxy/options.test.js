'use strict'

const { inspect } = require('node:util')
const { ConnectionPoolManager } = require('../..')
const { proxyOf } = require('../../lib/proxy/proxy-url')
const { open } = require('../support/pools')

test.each([
  ['http://a.test', { kind: 'http', host: 'a.test', port: 80 }],
  ['https://A.test/', { kind: 'https', host: 'a.test', port: 443 }],
  ['https://a.test:80', { kind: 'https', host: 'a.test', port: 80 }],
  ['http://a.test:080', { kind: 'http', host: 'a.test', port: 80 }],
  ['socks5://a.test:80', { kind: 'socks5', host: 'a.test', port: 80 }],
  ['socks5h://[::1]', { kind: 'socks5h', host: '::1', port: 1080 }],
  ['http://müller.test:3128', { kind: 'http', host: 'xn--mller-kva.test', port: 3128 }],
  ['http://127.1:3128', { kind: 'http', host: '127.0.0.1', port: 3128 }],
  ['http://user@a.test', { kind: 'http', host: 'a.test', port: 80, user: 'user', password: '' }],
  ['http://us%40er:p%3Aw%2F%C3%B6@a.test', { kind: 'http', host: 'a.test', port: 80, user: 'us@er', password: 'p:w/ö' }],
  ['http://user:a:b@c@a.test', { kind: 'http', host: 'a.test', port: 80, user: 'user', password: 'a:b@c' }],
  ['http://@a.test', { kind: 'http', host: 'a.test', port: 80 }],
  ['http://:token@a.test', { kind: 'http', host: 'a.test', port: 80, user: '', password: 'token' }]
])('%s is read', (text, expected) => {
  expect(proxyOf(text, 'proxy')).toEqual(expected)
})

/** What is thrown for an option. */
function refusal (options) {
  try {
    open(options)
  } catch (error) {
    expect(inspect(error, { depth: 9 })).not.toContain('hunter2')
    return error
  }
  throw new Error('it was accepted')
}

test.each([
  '', 'a.test', 'a.test:3128', '//a.test', 'ftp://a.test', 'socks4://a.test', 'socks://a.test', 'HTTP://a.test', 'http://', 'http://a.test:0', 'http://a.test:65536',
  'http://a.test:x', 'http://a.test/path', 'http://a.test?x', 'http://a.test#x', 'http://a b', 'http://a.test\n', 'http://user:hunter2%@a.test', 'http://us%3Aer:hunter2@a.test',
  'http://user:hunter2%0d%0ax@a.test', 'socks5://user:@a.test', 'socks5://:hunter2@a.test', `socks5://user:${'x'.repeat(256)}@a.test`, 'http://user:hunter2@', 'http://user:hunter2/x@a.test',
  'http://user:hunter2@a.test:99999', 'ftp://user:hunter2@a.test'
])('proxy may not be %j', proxy => {
  expect(refusal({ proxy })).toMatchObject({ name: 'RangeError', code: 'ERR_OUT_OF_RANGE', message: expect.stringMatching(/^proxy must /) })
  expect(refusal({ perHostPools: { own: { hosts: ['a.test'], proxy } } })).toMatchObject({ name: 'RangeError', message: expect.stringMatching(/^perHostPools\.own\.proxy must /) })
})

test.each([['true', true], ['a number', 1], ['an object', { host: 'a.test', password: 'hunter2' }], ['a URL', new URL('http://user:hunter2@a.test')], ['a function', () => {}]])('proxy may not be %s', (_, proxy) => {
  expect(refusal({ proxy })).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE', message: expect.stringMatching(/^proxy must be the URL of a proxy, or null or false for none; received /) })
})

test.each(['yes', 1, null])('proxyEnv may not be %j', proxyEnv => {
  expect(refusal({ proxyEnv })).toMatchObject({ name: 'TypeError', message: expect.stringMatching(/^proxyEnv must be true or false; received /) })
})

test("proxyEnv is no host's to say", () => {
  expect(refusal({ perHostPools: { own: { hosts: ['a.test'], proxyEnv: true } } }).message).toBe('perHostPools.own.proxyEnv must be left out here: it is an option of the whole pool; received true')
})

test('config holds what was given', () => {
  const proxy = 'http://user:pass@a.test'
  expect(open({ proxy, proxyEnv: false }).config).toMatchObject({ proxy, proxyEnv: false })
})

test('a proxy whose host was forgotten shows no password', () => {
  const { message } = refusal({ proxy: 'http://user:hunter2' })
  expect(message).toMatch(/^proxy must be .*; received a text whose port is none$/)
})

describe('under RAG_POOL_BYPASS=1', () => {
  beforeAll(() => { process.env.RAG_POOL_BYPASS = '1' })
  afterAll(() => { delete process.env.RAG_POOL_BYPASS })

  test.each([
    ['the pool', { proxy: 'http://user:hunter2@a.test' }],
    ['a host', { perHostPools: { own: { hosts: ['a.test'], proxy: 'socks5h://a.test' } } }]
  ])('a proxy of %s is refused, since the agents of Node would go past it', (_, options) => {
    expect(refusal(options)).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE', message: expect.stringContaining('RAG_POOL_BYPASS=1') })
  })

  test('no proxy is none to be refused', () => {
    expect(open({ proxy: null, proxyEnv: false })).toBeInstanceOf(ConnectionPoolManager)
  })
})
