'use strict'

const { Readable } = require('node:stream')
const { createPooledHttpClient } = require('../..')
const { rejection } = require('../support/awaiting')
const { open } = require('../support/pools')
const { bodyOf, httpServer } = require('../support/servers')

describe('redirects', () => {
  /** A server whose paths say what they answer. */
  async function redirecting () {
    const { url } = await httpServer(async (request, reply) => {
      const [, status, location] = /^\/(\d+)\/(.*)$/.exec(request.url ?? '') ?? []
      if (status) reply.writeHead(Number(status), { location: decodeURIComponent(location) }).end('moved')
      else reply.setHeader('content-type', 'application/json').end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers, body: String(await bodyOf(request)) }))
    })
    return { url, client: createPooledHttpClient({ baseURL: url }, open()) }
  }

  test.each([[301, 'GET', ''], [302, 'GET', ''], [303, 'GET', ''], [307, 'POST', '{"a":1}'], [308, 'POST', '{"a":1}']])('%d answers a POST with %s', async (status, method, body) => {
    const { client, url } = await redirecting()
    const reply = await client.post(`/${status}/${encodeURIComponent('/there')}`, { a: 1 })
    expect(reply.data).toMatchObject({ method, body, url: '/there' })
    expect('content-type' in reply.data.headers).toBe(body !== '')
    expect(reply).toMatchObject({ redirected: true, url: `${url}/there`, method })
  })

  test('credentials go to their own origin only', async () => {
    const { client } = await redirecting()
    const other = await redirecting()
    const headers = { authorization: 'Bearer x', cookie: 'a=b', 'x-other': 'y' }
    const { data } = await client.get(`/302/${encodeURIComponent(`${other.url}/there`)}`, { headers })
    expect(data.headers).toMatchObject({ 'x-other': 'y' })
    expect(data.headers).not.toHaveProperty('authorization')
    expect(data.headers).not.toHaveProperty('cookie')
  })

  test('within an origin they stay', async () => {
    const { client } = await redirecting()
    expect((await client.get('/302/%2Fthere', { headers: { authorization: 'Bearer x' } })).data.headers.authorization).toBe('Bearer x')
  })

  test('a location in UTF-8 is read as such', async () => {
    const { client, url } = await redirecting()
    const reply = await client.get(`/302/${encodeURIComponent(Buffer.from('/é?ü').toString('latin1'))}`)
    expect([reply.url, reply.data.url]).toEqual([`${url}/%C3%A9?%C3%BC`, '/%C3%A9?%C3%BC'])
  })

  test('of two locations the first is followed', async () => {
    const { url } = await httpServer((request, reply) => {
      if (request.url === '/') reply.writeHead(302, ['location', '/first', 'location', '/second'])
      reply.end(request.url)
    })
    expect((await createPooledHttpClient({}, open()).get(url)).data).toBe('/first')
  })

  test.each([['of another origin', (_, other) => other], ['of its own origin', url => url]])('a location with credentials, %s, is not followed, and not shown', async (_, choose) => {
    const { client, url } = await redirecting()
    const other = await redirecting()
    const location = `${choose(url, other.url).replace('//', '//user:secret@')}/there`
    const error = await rejection(client.get(`/302/${encodeURIComponent(location)}`))
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_URL', message: `${url} redirected to a URL with credentials` })
  })

  test("the caller's own credentials go on to a path of their origin", async () => {
    const { client, url } = await redirecting()
    const { data } = await client.get(`${url.replace('//', '//user:secret@')}/302/%2Fthere`)
    expect(data).toMatchObject({ url: '/there', headers: { authorization: `Basic ${btoa('user:secret')}` } })
  })

  test('maxRedirects: 0 gives the redirect itself', async () => {
    const { client } = await redirecting()
    expect(await client.get('/302/%2Fthere', { maxRedirects: 0 })).toMatchObject({ status: 302, data: 'moved', redirected: false })
  })

  test('a circle ends with an error', async () => {
    const { url } = await httpServer((request, reply) => { reply.writeHead(302, { location: '/' }).end() })
    const client = createPooledHttpClient({ baseURL: url, maxRedirects: 3 }, open())
    expect(await rejection(client.get('/'))).toMatchObject({ code: 'ERR_TOO_MANY_REDIRECTS' })
  })

  test('a stream that was sent cannot be sent again', async () => {
    const { client } = await redirecting()
    expect(await rejection(client.post('/307/%2Fthere', Readable.from(['a'])))).toMatchObject({ code: 'ERR_BODY_NOT_REPLAYABLE' })
  })
})
