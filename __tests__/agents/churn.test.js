'use strict'

const http = require('node:http')
const { once } = require('node:events')
const { ConnectionPoolManager } = require('../..')

const REQUESTS = 8_000
const LANES = 60
/** After so many requests, however long they take, another pool takes the place of one. */
const CHURN_EVERY = 150

/** Answers with the path that it was asked for. @type {http.Server} */
let server
/** @type {string} */
let host

beforeAll(async () => {
  server = http.createServer((request, reply) => {
    request.resume()
    setTimeout(() => reply.end(request.url), 4 * Math.random())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  host = `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}`
})

afterAll(() => server.close())

const open = () => new ConnectionPoolManager({ maxSockets: 20, maxSocketsPerHost: 20, maxRequestsPerSocket: 3, maxLifetime: 50 })

/**
 * Resolves with its `'close'`: with the body, or nothing where there was no whole one.
 * @param {ConnectionPoolManager} pool
 * @param {string} path
 * @returns {Promise<string | undefined>}
 */
function ask (pool, path) {
  return new Promise(resolve => {
    let body = ''
    let whole
    const request = http.request(host + path, { agent: pool.getHttpAgent(), method: Math.random() < 0.3 ? 'POST' : 'GET' }, reply => {
      reply.setEncoding('latin1').on('data', text => { body += text }).on('end', () => { whole = body }).on('error', () => {})
    })
    request.on('error', () => {}).on('close', () => resolve(whole))
    const end = () => request.destroy()
    const chance = Math.random()
    if (chance < 0.05) process.nextTick(end)
    else if (chance < 0.1) setImmediate(end)
    else if (chance < 0.3) setTimeout(end, 4 * Math.random())
    request.end()
  })
}

test('while pools come and go and requests are given up, no request has the reply of another, and each ends', async () => {
  const pools = [open(), open(), open()]
  const some = () => Math.floor(Math.random() * pools.length)
  let next = 0
  let answered = 0
  const strays = []
  const lane = async () => {
    while (next < REQUESTS) {
      const path = `/${next++}`
      if (next % CHURN_EVERY === 0) pools.splice(some(), 1, open())[0]?.destroy()
      const body = await ask(/** @type {ConnectionPoolManager} */ (pools[some()]), path)
      if (body === path) answered++
      else if (body !== undefined) strays.push([path, body])
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  for (const pool of pools) pool.destroy()
  expect(strays).toEqual([])
  expect(answered).toBeGreaterThan(REQUESTS / 10)
}, 60_000)
