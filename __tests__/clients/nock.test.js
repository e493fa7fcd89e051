'use strict'

// What a test that answers by nock sees of requests over a pool.

const http = require('node:http')
const axios = require('axios')
const nock = require('nock')
const nodeFetch = require('node-fetch-2')
const { addAxiosPoolingInterceptor, createPooledNodeFetch } = require('../..')
const { open: bypassed } = require('../bypass/pools')
const { open } = require('../support/pools')
const { httpServer } = require('../support/servers')

const ORIGIN = 'http://api.test'

afterEach(() => nock.cleanAll())
// It stays in Node's http, which the files of a worker share.
afterAll(() => nock.restore())

function get (url, agent) {
  return new Promise((resolve, reject) => {
    http.get(url, { agent }, reply => { reply.toArray().then(chunks => resolve(chunks.join('')), reject) }).on('error', reject)
  })
}

describe('nock answers', () => {
  test("http.request by the pool's agent", async () => {
    const scope = nock(ORIGIN).get('/a').reply(200, 'by nock')
    expect(await get(`${ORIGIN}/a`, open().getHttpAgent())).toBe('by nock')
    scope.done()
  })

  test('axios through the interceptor, where a request takes the agents', async () => {
    const scope = nock(ORIGIN).get('/a').reply(200, 'by nock')
    const { data } = await addAxiosPoolingInterceptor(axios.create(), open()).get(`${ORIGIN}/a`, { responseType: 'stream' })
    expect((await data.toArray()).join('')).toBe('by nock')
    scope.done()
  })

  test('node-fetch over the pool', async () => {
    const scope = nock(ORIGIN).get('/a').reply(200, 'by nock')
    expect(await (await createPooledNodeFetch(nodeFetch, open())(`${ORIGIN}/a`)).text()).toBe('by nock')
    scope.done()
  })

  test('every request of axios under RAG_POOL_BYPASS=1', async () => {
    const scope = nock(ORIGIN).get('/a').reply(200, { by: 'nock' })
    expect((await addAxiosPoolingInterceptor(axios.create(), bypassed()).get(`${ORIGIN}/a`)).data).toEqual({ by: 'nock' })
    scope.done()
  })

  test('pool.request under RAG_POOL_BYPASS=1', async () => {
    const scope = nock(ORIGIN).post('/a', { a: 1 }).reply(201, { by: 'nock' })
    const { statusCode, body } = await bypassed().request(`${ORIGIN}/a`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"a":1}' })
    expect([statusCode, await body.json()]).toEqual([201, { by: 'nock' }])
    scope.done()
  })
})

test('nock does not see what goes by pool.request', async () => {
  const { url } = await httpServer((request, reply) => { reply.end('by the server') })
  nock(url).get('/a').reply(200, 'by nock')
  expect((await addAxiosPoolingInterceptor(axios.create(), open()).get(`${url}/a`)).data).toBe('by the server')
})
