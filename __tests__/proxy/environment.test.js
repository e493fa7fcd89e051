'use strict'

const { inspect } = require('node:util')
const { environmentProxies } = require('../../lib/proxy/environment')
const { exemptions } = require('../../lib/proxy/no-proxy')
const { open } = require('../support/pools')
const { serve } = require('../support/servers')
const { scriptedProxy } = require('./scripted-proxy')

const server = serve('bench-server')

const VARIABLES = ['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy']
  .flatMap(name => [name, name.toUpperCase()])
  .concat('REQUEST_METHOD', 'NODE_USE_ENV_PROXY', 'RAG_POOL_BYPASS')
const before = Object.fromEntries(VARIABLES.map(name => [name, process.env[name]]))

beforeEach(() => { for (const name of VARIABLES) delete process.env[name] })
afterAll(() => { for (const name of VARIABLES) if (before[name] !== undefined) process.env[name] = before[name] })

const at = (proxy) => proxy === null ? null : `${proxy.kind}://${proxy.host}:${proxy.port}`
const found = (variables) => {
  const { http, https } = environmentProxies(variables)
  return [at(http), at(https)]
}

test.each([
  ['nothing', {}, [null, null]],
  ['one for each scheme', { http_proxy: 'http://a.test:1', https_proxy: 'http://b.test:2' }, ['http://a.test:1', 'http://b.test:2']],
  ['lower case before upper case', { http_proxy: 'http://a.test:1', HTTP_PROXY: 'http://b.test:2', https_proxy: 'http://a.test:1', HTTPS_PROXY: 'http://b.test:2' }, ['http://a.test:1', 'http://a.test:1']],
  ['upper case', { HTTP_PROXY: 'http://b.test:2', HTTPS_PROXY: 'http://b.test:3' }, ['http://b.test:2', 'http://b.test:3']],
  ['one for all', { ALL_PROXY: 'socks5h://a.test' }, ['socks5h://a.test:1080', 'socks5h://a.test:1080']],
  ['all in lower case first', { all_proxy: 'http://a.test:1', ALL_PROXY: 'http://b.test:2' }, ['http://a.test:1', 'http://a.test:1']],
  ["the scheme's own before that for all", { all_proxy: 'http://a.test:1', HTTPS_PROXY: 'http://b.test:2' }, ['http://a.test:1', 'http://b.test:2']],
  ['an empty one as none', { http_proxy: '', HTTP_PROXY: 'http://b.test:2', https_proxy: '' }, ['http://b.test:2', null]],
  ['no HTTP_PROXY under CGI', { HTTP_PROXY: 'http://b.test:2', HTTPS_PROXY: 'http://b.test:2', REQUEST_METHOD: 'GET' }, [null, 'http://b.test:2']],
  ['http_proxy under CGI', { http_proxy: 'http://a.test:1', REQUEST_METHOD: '' }, ['http://a.test:1', null]],
  ['without a scheme', { http_proxy: 'a.test:3128', https_proxy: 'user:pass@a.test' }, ['http://a.test:3128', 'http://a.test:80']],
  ['with what curl passes over', { http_proxy: 'HTTP://A.test:80/path?x', https_proxy: 'https://[::1]/' }, ['http://a.test:80', 'https://::1:443']]
])('an environment has %s', (_, variables, expected) => {
  expect(found(variables)).toEqual(expected)
})

test.each([
  ['', ['a.test'], []],
  ['*', [], ['a.test', '127.0.0.1', '::1']],
  ['  *  ', ['a.test', '127.0.0.1'], []],
  ['127.0.0.0/0,::/0', ['127.0.0.1', '::1'], ['127.0.0.0', '::']],
  ['example.com', ['notexample.com', 'example.com.test', 'example.org', 'com'], ['example.com', 'EXAMPLE.com', 'www.example.com', 'a.b.example.com', 'example.com.']],
  ['.example.com', ['notexample.com'], ['example.com', 'www.example.com']],
  ['Example.COM.', [], ['example.com']],
  ['a.test,b.test', ['c.test'], ['a.test', 'b.test']],
  ['a.test b.test\t, c.test,,', ['d.test'], ['a.test', 'b.test', 'c.test']],
  ['localhost', ['127.0.0.1', '::1'], ['localhost', 'a.localhost']],
  ['10.0.0.0/8', ['11.0.0.1', '1.10.0.0', 'ten.test'], ['10.0.0.0', '10.255.255.255']],
  ['192.168.1.128/25', ['192.168.1.127'], ['192.168.1.128', '192.168.1.255']],
  ['127.0.0.1', ['127.0.0.2', 'x.127.0.0.1'], ['127.0.0.1']],
  ['127.0.0.1/32', ['127.0.0.2'], ['127.0.0.1']],
  ['::1', ['::2', '1'], ['::1']],
  ['[::1]', ['::2'], ['::1']],
  ['fd00::/8', ['fe00::1', '253.0.0.1'], ['fd00::1', 'fdff::']],
  ['10.0.0.0/33,10.0.0.0/x,10.0.0.0/,/8,.', ['10.0.0.1', 'a.test'], []],
  ['0.0.0.1', ['1', '0.0.0.2'], ['0.0.0.1']]
])('NO_PROXY=%j', (text, by, past) => {
  const isExempt = exemptions(text)
  expect([by.filter(host => isExempt(host, 443)), past.filter(host => !isExempt(host, 443))]).toEqual([[], []])
})

test('a port in NO_PROXY is that port alone', () => {
  const isExempt = exemptions('a.test:8080, [::1]:8080, 10.0.0.1:8080, .b.test:443')
  const hosts = ['a.test', 'www.a.test', '::1', '10.0.0.1']
  expect(hosts.map(host => [isExempt(host, 8080), isExempt(host, 80)])).toEqual(hosts.map(() => [true, false]))
  expect([isExempt('x.b.test', 443), isExempt('x.b.test', 80)]).toEqual([true, false])
})

const asked = async (options, variables, url = server.url('/json')) => {
  const proxy = await scriptedProxy()
  for (const [name, value] of Object.entries(variables(proxy.url))) process.env[name] = value
  const pool = open({ tls: { ca: server.ca }, ...options })
  expect((await (await pool.request(url)).body.text())).toHaveLength(200)
  return proxy.asked.length
}

test.each([
  ['proxyEnv: true', { proxyEnv: true }, url => ({ HTTP_PROXY: url }), 1],
  ['NODE_USE_ENV_PROXY=1', {}, url => ({ http_proxy: url, NODE_USE_ENV_PROXY: '1' }), 1],
  ['another NODE_USE_ENV_PROXY', {}, url => ({ http_proxy: url, NODE_USE_ENV_PROXY: '0' }), 0],
  ['neither', {}, url => ({ http_proxy: url }), 0],
  ['proxyEnv: false, whatever Node does', { proxyEnv: false }, url => ({ http_proxy: url, NODE_USE_ENV_PROXY: '1' }), 0],
  ['NO_PROXY', { proxyEnv: true }, url => ({ http_proxy: url, NO_PROXY: 'a.test,127.0.0.0/8' }), 0],
  ['proxy: null', { proxyEnv: true, proxy: null }, url => ({ http_proxy: url }), 0],
  ["a host's proxy: false", { proxyEnv: true, perHostPools: { own: { hosts: ['127.0.0.1'], proxy: false } } }, url => ({ http_proxy: url }), 0],
  ['a host that says nothing of it', { proxyEnv: true, perHostPools: { own: { hosts: ['127.0.0.1'], timeout: 5000 } } }, url => ({ http_proxy: url }), 1]
])('a pool with %s goes as it should', async (_, options, variables, expected) => {
  expect(await asked(options, variables)).toBe(expected)
})

test('a proxy in code holds over NO_PROXY and the environment', async () => {
  const proxy = await scriptedProxy()
  expect(await asked({ proxy: proxy.url, proxyEnv: true }, url => ({ http_proxy: url, NO_PROXY: '*' }))).toBe(0)
  expect(proxy.asked).toHaveLength(1)
})

test('https origins have a variable of their own', async () => {
  expect(await asked({ proxyEnv: true }, url => ({ http_proxy: 'http://127.0.0.1:1', https_proxy: url }), `https://localhost:${server.https1}/json`)).toBe(1)
})

test.each(['http_proxy', 'HTTPS_PROXY', 'all_proxy'])('%s that cannot be had stops the pool, by its name and without its password', name => {
  process.env[name] = 'socks4://user:hunter2@a.test'
  let error
  try { open({ proxyEnv: true }) } catch (thrown) { error = thrown }
  expect(error).toMatchObject({ name: 'RangeError', code: 'ERR_OUT_OF_RANGE' })
  expect(error.message).toMatch(new RegExp(`^${name} must be the URL of a proxy such as `))
  expect(inspect(error)).not.toContain('hunter2')
})
