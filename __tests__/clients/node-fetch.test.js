'use strict'

const http = require('node:http')
const { Readable } = require('node:stream')
const zlib = require('node:zlib')
const nodeFetch = require('node-fetch-2')
const { createPooledNodeFetch } = require('../..')
const { rejection } = require('../support/awaiting')
const { runChild } = require('../support/child')
const { open } = require('../support/pools')
const { bodyOf, closedPort, httpServer } = require('../support/servers')

function pooled () {
  const pool = open()
  const asked = jest.spyOn(pool.getHttpAgent(), 'addRequest')
  return { fetch: createPooledNodeFetch(nodeFetch, pool), pool, asked }
}

describe('node-fetch 2', () => {
  test('goes through the pool and gives its own Response', async () => {
    const { url } = await httpServer((request, reply) => { reply.end('{"a":1}') })
    const { fetch, asked } = pooled()
    const response = await fetch(url)
    expect(response).toBeInstanceOf(nodeFetch.Response)
    expect(await response.json()).toEqual({ a: 1 })
    expect(asked).toHaveBeenCalledTimes(1)
  })

  test('has what node-fetch has', () => {
    const { fetch } = pooled()
    expect(Object.keys(fetch).sort()).toEqual(Object.keys(nodeFetch).sort())
    expect(fetch.Headers).toBe(nodeFetch.Headers)
    expect(/** @type {any} */ (fetch).default).toBe(fetch)
  })

  test('the class of its promises is the one that is set on it', async () => {
    const { url } = await httpServer((request, reply) => { reply.end('x') })
    const { fetch } = pooled()
    class Own extends Promise {}
    const before = fetch.Promise
    try {
      fetch.Promise = Own
      const asked = fetch(url)
      expect(asked).toBeInstanceOf(Own)
      await (await asked).text()
    } finally {
      fetch.Promise = before
    }
    expect(nodeFetch.Promise).toBe(before)
  })

  test('one call after the other takes one connection', async () => {
    const ports = new Set()
    const { url } = await httpServer((request, reply) => { ports.add(request.socket.remotePort); reply.end('x') })
    const { fetch } = pooled()
    for (let i = 0; i < 5; i++) await (await fetch(url)).text()
    expect(ports.size).toBe(1)
  })

  test('buffer() and the body as a Node stream', async () => {
    const { url } = await httpServer((request, reply) => { reply.end('bytes') })
    const { fetch } = pooled()
    expect(String(await (await fetch(url)).buffer())).toBe('bytes')
    const { body } = await fetch(url)
    expect(body).toBeInstanceOf(require('node:stream').PassThrough)
    expect((await /** @type {any} */ (body).toArray()).join('')).toBe('bytes')
  })

  test('a body that is a stream', async () => {
    const { url } = await httpServer(async (request, reply) => { reply.end(await bodyOf(request)) })
    const { fetch } = pooled()
    expect(await (await fetch(url, { method: 'POST', body: Readable.from(['one', 'two']) })).text()).toBe('onetwo')
  })

  test('follow, size, compress and timeout', async () => {
    const { url } = await httpServer((request, reply) => {
      if (request.url === '/moved') reply.writeHead(302, { location: '/' }).end()
      else if (request.url === '/gzip') reply.writeHead(200, { 'content-encoding': 'gzip' }).end(zlib.gzipSync('plain'))
      else if (request.url !== '/silent') reply.end('reply')
    })
    const { fetch } = pooled()
    expect(await (await fetch(`${url}/moved`)).text()).toBe('reply')
    expect(await rejection(fetch(`${url}/moved`, { follow: 0 }))).toMatchObject({ name: 'FetchError', type: 'max-redirect' })
    expect(await rejection((await fetch(url, { size: 2 })).text())).toMatchObject({ type: 'max-size' })
    expect(await (await fetch(`${url}/gzip`)).text()).toBe('plain')
    expect(zlib.gunzipSync(await (await fetch(`${url}/gzip`, { compress: false })).buffer()).toString()).toBe('plain')
    expect(await rejection(fetch(`${url}/silent`, { timeout: 20 }))).toMatchObject({ type: 'request-timeout' })
  })

  test("an agent of the caller's own is used, be it given with the call or with a Request", async () => {
    const { url } = await httpServer((request, reply) => { reply.end() })
    const { fetch, asked } = pooled()
    const agent = new http.Agent()
    const used = jest.spyOn(agent, 'addRequest')
    await fetch(url, { agent })
    await fetch(new nodeFetch.Request(url, { agent }))
    expect([used.mock.calls.length, asked.mock.calls.length]).toEqual([2, 0])
  })

  test('a Request without an agent goes through the pool', async () => {
    const { url } = await httpServer((request, reply) => { reply.end(request.method) })
    const { fetch, asked } = pooled()
    expect(await (await fetch(new nodeFetch.Request(url, { method: 'PUT' }))).text()).toBe('PUT')
    expect(asked).toHaveBeenCalledTimes(1)
  })

  test('a failure is its FetchError with the code', async () => {
    const { fetch } = pooled()
    const error = await rejection(fetch(`http://127.0.0.1:${await closedPort()}`))
    expect(error).toBeInstanceOf(nodeFetch.FetchError)
    expect(error).toMatchObject({ type: 'system', code: 'ECONNREFUSED' })
  })

  test('once the pool is destroyed a call says so', async () => {
    const { fetch, pool } = pooled()
    pool.destroy()
    expect(await rejection(fetch('http://127.0.0.1:1'))).toMatchObject({ code: 'ERR_POOL_DESTROYED' })
  })
})

// Version 3 is an ES module, which Jest does not load.
test('node-fetch 3 goes through the pool, with redirects, limits and its own classes', async () => {
  const { url } = await httpServer(async (request, reply) => {
    if (request.url === '/moved') reply.writeHead(302, { location: '/' }).end()
    else reply.end(`${request.method} ${await bodyOf(request)}`)
  })
  const { stdout, stderr } = await runChild(`
    const { default: nodeFetch, Response, Request } = await import('node-fetch')
    const { createPooledNodeFetch } = require('rag-connection-pool')
    const pool = new ConnectionPoolManager()
    const fetch = createPooledNodeFetch(nodeFetch, pool)
    const agent = pool.getHttpAgent()
    const { addRequest } = agent
    let asked = 0
    agent.addRequest = function (...args) { asked++; return addRequest.apply(this, args) }
    const moved = await fetch(url + '/moved')
    console.log(moved instanceof Response, moved.redirected, await moved.text())
    console.log(await (await fetch(url, { method: 'POST', body: 'body' })).text())
    console.log(Buffer.from(await (await fetch(new Request(url, { method: 'PUT' }))).arrayBuffer()).toString())
    console.log((await (await fetch(url, { size: 1 })).text().catch(error => error)).type)
    console.log(asked)
    pool.destroy()
    console.log((await fetch(url).catch(error => error)).code)`, { url })
  expect([stdout, stderr]).toEqual(['true true GET \nPOST body\nPUT \nmax-size\n5\nERR_POOL_DESTROYED\n', ''])
})

test('what is no node-fetch is refused by name', () => {
  expect(() => createPooledNodeFetch(/** @type {any} */ ({ default: nodeFetch }), open())).toThrow('nodeFetch must be the function that node-fetch exports; received an instance of Object')
})
