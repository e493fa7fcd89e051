'use strict'

// Packages that take an agent, with nothing but it set.

const { once } = require('node:events')
const http = require('node:http')
const followRedirects = require('follow-redirects')
const needle = require('needle')
const superagent = require('superagent')
const WebSocket = require('ws')
const { runChild } = require('../support/child')
const { open } = require('../support/pools')
const { bodyOf, httpServer, left, serve } = require('../support/servers')

const server = serve('bench-server')

/** A pool, and how many requests it has carried over connections that were kept. @param {object} [options] */
function carried (options = {}) {
  const pool = open({ tls: { ca: server.ca }, ...options })
  return { pool, agent: pool.getHttpAgent(), secure: pool.getHttpsAgent(), reused: () => pool.getMetrics().cachedConnections }
}

/** A server that tells what it got. */
async function echoing () {
  return (await httpServer(async (request, reply) => {
    const body = String(await bodyOf(request))
    if (request.url === '/moved') return reply.writeHead(302, { location: '/' }).end()
    reply.setHeader('content-type', 'application/json').end(JSON.stringify({ method: request.method, type: request.headers['content-type'], body }))
  })).url
}

test('superagent sends JSON and follows redirects', async () => {
  // It redirects before the first reply is read: with a second connection, whether it is dialled first would be a matter of time.
  const { agent, reused } = carried({ maxSocketsPerHost: 1 })
  const url = await echoing()
  const posted = await superagent.post(url).agent(agent).send({ a: 1 })
  expect(posted.body).toEqual({ method: 'POST', type: 'application/json', body: '{"a":1}' })
  const moved = await superagent.get(`${url}/moved`).agent(agent)
  expect([moved.body.method, moved.redirects.length, reused()]).toEqual(['GET', 1, 2])
})

test('superagent over TLS', async () => {
  const { secure } = carried()
  expect((await superagent.get(`https://localhost:${server.https1}/json`).agent(secure)).status).toBe(200)
})

test('follow-redirects follows over the agents', async () => {
  const { pool, agent } = carried()
  const url = await echoing()
  const request = followRedirects.http.get(`${url}/moved`, { agent })
  const [response] = await once(request, 'response')
  expect([JSON.parse(await bodyOf(response)).method, response.responseUrl, pool.getMetrics().newConnections]).toEqual(['GET', `${url}/`, 2])
})

test('follow-redirects sends a body again after a 307', async () => {
  const { url } = await httpServer(async (request, reply) => {
    const body = await bodyOf(request)
    if (request.url === '/moved') reply.writeHead(307, { location: '/' }).end()
    else reply.end(body)
  })
  const request = followRedirects.http.request(`${url}/moved`, { agent: carried().agent, method: 'POST' })
  request.end('twice')
  const [response] = await once(request, 'response')
  expect(String(await bodyOf(response))).toBe('twice')
})

test('needle posts forms and parses JSON', async () => {
  const { agent, reused } = carried()
  const url = await echoing()
  const first = await needle('post', url, { a: 1 }, { agent })
  const second = await needle('get', url, { agent })
  expect([first.body.body, first.body.type, second.body.method, reused()]).toEqual(['a=1', 'application/x-www-form-urlencoded', 'GET', 1])
})

test('needle streams over TLS', async () => {
  const { secure } = carried()
  const chunks = []
  for await (const chunk of needle.get(`https://localhost:${server.https1}/bytes?n=1000000`, { agent: secure, parse: false })) chunks.push(chunk)
  expect(Buffer.concat(chunks).length).toBe(1_000_000)
})

/** A server of websockets that says everything back. */
async function echoes () {
  const wss = new WebSocket.Server({ port: 0, host: '127.0.0.1' })
  await once(wss, 'listening')
  wss.on('connection', socket => socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })))
  left.push(() => { for (const client of wss.clients) client.terminate(); wss.close() })
  return `ws://127.0.0.1:${wss.address().port}`
}

test('ws echoes 10,000 messages over a connection that has left the pool', async () => {
  const { pool, agent } = carried()
  const socket = new WebSocket(await echoes(), { agent })
  await once(socket, 'open')
  const echoed = []
  const all = new Promise(resolve => socket.on('message', data => { if (echoed.push(String(data)) === 10_000) resolve() }))
  for (let i = 0; i < 10_000; i++) socket.send(`message ${i}`)
  await all
  expect(echoed).toEqual(Array.from({ length: 10_000 }, (_, i) => `message ${i}`))
  expect(pool.getMetrics()).toMatchObject({ detached: 1, currentPoolSize: 0 })
  socket.close()
  await once(socket, 'close')
})

test('ws carries binary messages larger than any buffer on the way', async () => {
  const socket = new WebSocket(await echoes(), { agent: carried().agent, perMessageDeflate: false })
  await once(socket, 'open')
  const sent = Buffer.alloc(5_000_000, 'large')
  socket.send(sent)
  const [echo] = await once(socket, 'message')
  expect(sent.equals(echo)).toBe(true)
  socket.close()
  await once(socket, 'close')
})

test('axios, node-fetch 2 and http.get are given the same agent and share its connection', async () => {
  const { pool, agent } = carried()
  const url = server.url('/json')
  await (await require('node-fetch-2')(url, { agent })).json()
  await require('axios').get(url, { httpAgent: agent })
  await new Promise((resolve, reject) => http.get(url, { agent }, reply => reply.resume().on('end', resolve)).on('error', reject))
  expect(pool.getMetrics()).toMatchObject({ totalRequests: 3, connectionsCreated: 1, cachedConnections: 2 })
})

// Both are ES modules, which Jest does not load.
test('got and node-fetch 3 share a connection of the agent', async () => {
  const { stdout } = await runChild(`
    const pool = new ConnectionPoolManager()
    const { default: got } = await import('got')
    const { default: fetch } = await import('node-fetch')
    await got(url, { agent: { http: pool.getHttpAgent() } }).json()
    await (await fetch(url, { agent: () => pool.getHttpAgent() })).json()
    const { totalRequests, connectionsCreated } = pool.getMetrics()
    console.log(totalRequests, connectionsCreated)
  `, { url: server.url('/json') })
  expect(stdout).toBe('2 1\n')
})
