'use strict'

const http = require('node:http')
const nodeFetch = require('node-fetch-2')
const { createPooledNodeFetch } = require('../..')
const { rejection, until } = require('../support/awaiting')
const { runChild } = require('../support/child')
const { open } = require('../support/pools')
const { bodyOf, httpServer, serve } = require('../support/servers')

const pooled = options => createPooledNodeFetch(nodeFetch, open(options))

/** What the tests ask for, by path. */
async function server () {
  const seen = []
  const { url } = await httpServer(async (request, reply) => {
    seen.push(request.url)
    if (request.url === '/moved') reply.writeHead(302, { location: '/there' }).end()
    else if (request.url === '/gzip') reply.writeHead(200, { 'content-encoding': 'gzip' }).end(require('node:zlib').gzipSync('plain'))
    else if (request.url !== '/silent') reply.end(`${request.method} ${await bodyOf(request)}`)
  })
  return { url, seen }
}

describe('node-fetch 2', () => {
  const tls = serve('bench-server')

  test('redirect: manual gives the redirect, error refuses it', async () => {
    const { url } = await server()
    const fetch = pooled()
    expect((await fetch(`${url}/moved`, { redirect: 'manual' })).status).toBe(302)
    expect(await rejection(fetch(`${url}/moved`, { redirect: 'error' }))).toMatchObject({ name: 'FetchError', type: 'no-redirect' })
  })

  test('a signal ends a call with its AbortError', async () => {
    const { url, seen } = await server()
    const abort = new AbortController()
    const call = rejection(pooled()(`${url}/silent`, { signal: /** @type {any} */ (abort.signal) }))
    await until(() => seen.length === 1)
    abort.abort()
    expect(await call).toMatchObject({ name: 'AbortError', type: 'aborted' })
  })

  test("an agent that a function of the caller's chooses is used", async () => {
    const { url } = await server()
    const agent = new http.Agent()
    const used = jest.spyOn(agent, 'addRequest')
    await pooled()(`${url}/moved`, { agent: () => agent })
    expect(used).toHaveBeenCalledTimes(2)
  })

  test.each([
    ['text', 'text', 'text'], ['a Buffer', Buffer.from('bytes'), 'bytes'], ['URLSearchParams', new URLSearchParams({ a: 'b' }), 'a=b']
  ])('sends %s', async (_, body, expected) => {
    const { url } = await server()
    expect(await (await pooled()(url, { method: 'POST', body })).text()).toBe(`POST ${expected}`)
  })

  test('https: goes by the https agent of the pool, with its trust', async () => {
    expect((await pooled({ tls: { ca: tls.ca } })(tls.secure('/json'))).status).toBe(200)
    expect(await rejection(pooled()(tls.secure('/json')))).toMatchObject({ name: 'FetchError', type: 'system' })
  })
})

// Version 3 is an ES module, which Jest does not load.
describe('node-fetch 3', () => {
  const three = (script, url) => runChild(`
    const { default: nodeFetch, AbortError, FetchError, FormData, Blob, Headers } = await import('node-fetch')
    const { createPooledNodeFetch } = require('rag-connection-pool')
    const { Readable } = require('node:stream')
    const pool = new ConnectionPoolManager()
    const fetch = createPooledNodeFetch(nodeFetch, pool)
    ${script}
    pool.destroy()`, { url })

  test.each([
    ['follow', "console.log((await fetch(url + '/moved', { follow: 0 }).catch(error => error)).type)", 'max-redirect'],
    ['redirect: manual', "console.log((await fetch(url + '/moved', { redirect: 'manual' })).status)", '302'],
    ['compress', "console.log((await (await fetch(url + '/gzip', { compress: false })).arrayBuffer()).byteLength > 5, await (await fetch(url + '/gzip')).text())", 'true plain'],
    ['a body that is a stream', "console.log(await (await fetch(url, { method: 'POST', body: Readable.from(['one', 'two']) })).text())", 'POST onetwo'],
    ['a Blob', "console.log(await (await fetch(url, { method: 'POST', body: new Blob(['blob']) })).text())", 'POST blob'],
    ['FormData', "const form = new FormData(); form.set('a', 'b'); console.log(/name=\"a\"/.test(await (await fetch(url, { method: 'POST', body: form })).text()))", 'true'],
    ['the body as a Node stream', "console.log((await (await fetch(url)).body.toArray()).join(''))", 'GET '],
    ['buffer()', 'process.noDeprecation = true; console.log(String(await (await fetch(url)).buffer()))', 'GET '],
    ['a failure', "const error = await fetch('http://127.0.0.1:1').catch(error => error); console.log(error instanceof FetchError, error.code)", 'true ECONNREFUSED'],
    ['a signal', "const error = await fetch(url + '/silent', { signal: AbortSignal.timeout(50) }).catch(error => error); console.log(error instanceof AbortError)", 'true'],
    ["an agent of the caller's", "const agent = new (require('node:http').Agent)(); await (await fetch(url, { agent })).text(); console.log(pool.getMetrics().agents.http.total)", '0'],
    ['one connection for calls in a row', 'for (let i = 0; i < 3; i++) await (await fetch(url)).text(); console.log(pool.getMetrics().agents.http.total)', '1']
  ])('%s', async (_, script, expected) => {
    const { url } = await server()
    const { stdout, stderr } = await three(script, url)
    expect([stdout, stderr]).toEqual([`${expected}\n`, ''])
  })
})
