'use strict'

const { rejection } = require('../support/awaiting')
const { open } = require('../support/pools')
const { httpServer } = require('../support/servers')

const ok = () => httpServer((_, reply) => { reply.end('from the server') })

test.each([
  ['request', async (pool, url) => (await pool.request(url)).body.text()],
  ['fetch', async (pool, url) => (await pool.fetch(url)).text()]
])('%s is answered by a function, and no connection is made', async (_, ask) => {
  const { url } = await ok()
  const pool = open()
  pool.intercept(({ url, method }) => ({ statusCode: 200, body: `${method} ${new URL(url).pathname}` }))
  expect(await ask(pool, `${url}/x`)).toBe('GET /x')
  expect(pool.getMetrics().connectionsCreated).toBe(0)
})

test('a Response is an answer, its stream included', async () => {
  const pool = open()
  pool.intercept(() => new Response(new Blob(['mine']).stream(), { status: 202, headers: { 'x-own': '1' } }))
  const response = await pool.fetch('http://a.test/')
  expect([response.status, response.headers.get('x-own'), await response.text()]).toEqual([202, '1', 'mine'])
})

test('what it lets pass goes on to the server, and after the undo all does', async () => {
  const { url } = await ok()
  const pool = open()
  const undo = pool.intercept(request => request.url.endsWith('/mine') ? { status: 200, body: 'mine' } : undefined)
  const text = async path => (await pool.fetch(url + path)).text()
  expect([await text('/mine'), await text('/other')]).toEqual(['mine', 'from the server'])
  undo()
  expect(await text('/mine')).toBe('from the server')
})

test('who came last is asked first', async () => {
  const pool = open()
  pool.intercept(() => ({ status: 200, body: 'first' }))
  const undo = pool.intercept(() => ({ status: 200, body: 'second' }))
  const text = async () => (await pool.fetch('http://a.test/')).text()
  expect(await text()).toBe('second')
  undo()
  expect(await text()).toBe('first')
})

test('what it throws is what the call fails with', async () => {
  const pool = open()
  const error = new Error('mine')
  pool.intercept(() => { throw error })
  expect(await rejection(pool.request('http://a.test/'))).toBe(error)
  expect((await rejection(pool.fetch('http://a.test/'))).cause).toBe(error)
})

test.each([[5], [{ status: 99 }], [{ statusCode: '200' }]])('the answer %j is refused', async answer => {
  const pool = open()
  pool.intercept(() => answer)
  expect(await rejection(pool.request('http://a.test/'))).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_RETURN_VALUE' })
})

test('a redirect that it answers with is followed, and asked about again', async () => {
  const pool = open()
  const seen = []
  pool.intercept(({ url }) => {
    seen.push(url)
    return url.endsWith('/a') ? { status: 302, headers: { location: '/b' } } : { status: 200, body: 'there' }
  })
  expect(await (await pool.fetch('http://a.test/a')).text()).toBe('there')
  expect(seen).toEqual(['http://a.test/a', 'http://a.test/b'])
})

test('what is no function is refused', () => {
  expect(() => open().intercept(/** @type {any} */ ({}))).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }))
})
