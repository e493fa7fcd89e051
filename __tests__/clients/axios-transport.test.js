'use strict'

// What axios of earlier minors do with a transport, and what the one that is installed does not.

const { once } = require('node:events')
const { redirect } = require('../../lib/clients/axios/redirect')
const { PoolTransport } = require('../../lib/clients/axios/transport')
const { open } = require('../support/pools')
const { bodyOf, httpServer } = require('../support/servers')

const MESSAGE = { statusCode: 302, headers: {} }

/** The options of a step, and what a redirect makes of them. */
function moved (from, to, headers = {}) {
  const { protocol, hostname, port, pathname, search } = new URL(from)
  const options = { method: 'GET', protocol, hostname: hostname.replace(/^\[|\]$/g, ''), port, path: pathname + search, headers: { ...headers } }
  redirect(options, MESSAGE, to)
  return options
}

test('data that is handed over with the end goes out', async () => {
  const { port } = await httpServer(async (request, reply) => { reply.end(await bodyOf(request)) })
  const options = { method: 'POST', protocol: 'http:', hostname: '127.0.0.1', port, path: '/', headers: {} }
  const request = new PoolTransport(open(), undefined).request(options, message => request.emit('message', message))
  request.end(Buffer.from('some'))
  const [message] = await once(request, 'message')
  expect(await message.text()).toBe('some')
})

test('a request that was destroyed before its end is never sent', async () => {
  const pool = open()
  const sent = jest.spyOn(pool, 'request')
  const request = new PoolTransport(pool, undefined).request({ headers: {} }, () => {})
  request.destroy().end()
  expect(sent).not.toHaveBeenCalled()
})

describe('where axios has no rules of its own, credentials', () => {
  const CREDENTIALS = { Authorization: 'a', Cookie: 'b', 'Proxy-Authorization': 'c' }

  test.each([
    ['stay within a host', 'http://a.test/x', '/y'],
    ['go along to a subdomain', 'http://a.test/x', 'http://b.a.test/'],
    ['go along to TLS', 'http://a.test/x', 'https://a.test/']
  ])('%s', (_, from, to) => {
    expect(moved(from, to, CREDENTIALS).headers).toEqual(CREDENTIALS)
  })

  test.each([
    ['another host', 'http://a.test/x', 'http://b.test/'],
    ['a host whose name only ends alike', 'http://a.test/x', 'http://ba.test/'],
    ['another port', 'http://a.test/x', 'http://a.test:81/'],
    ['clear text', 'https://a.test/x', 'http://a.test/']
  ])('do not go to %s', (_, from, to) => {
    expect(moved(from, to, { ...CREDENTIALS, 'X-Kept': 'd' }).headers).toEqual({ 'X-Kept': 'd' })
  })
})

test('a redirect to an IPv6 address is one to the address', () => {
  expect(moved('http://[::1]:80/x', 'http://[::2]:81/y')).toMatchObject({ hostname: '::2', port: 81, path: '/y' })
})
