'use strict'

const { readFileSync } = require('node:fs')
const { once } = require('node:events')
const { rejection } = require('../support/awaiting')
const { open } = require('../support/pools')
const { httpServer, serve, tcpServer } = require('../support/servers')

const server = serve('bench-server')

/** What the kernel's table says of the connections to a port: the timer that runs, and in how many hundredths of a second it fires. */
function timers (port) {
  const to = port.toString(16).toUpperCase().padStart(4, '0')
  return readFileSync('/proc/net/tcp', 'utf8').split('\n').map(line => line.trim().split(/\s+/))
    .filter(([, , remote, state]) => remote?.endsWith(`:${to}`) && state === '01')
    .map(([, , , , , timer]) => ({ kind: timer.split(':')[0], hundredths: Number.parseInt(timer.split(':')[1], 16) }))
}

const onLinux = process.platform === 'linux' ? test : test.skip

onLinux.each([[5_000, 500], [30_000, 3_000]])('keepAliveMsecs %d is the delay of the socket\'s probes', async (keepAliveMsecs, most) => {
  const { url, port } = await httpServer((_, reply) => reply.end('x'))
  await (await open({ keepAliveMsecs }).request(url)).body.text()
  const [timer] = timers(port)
  expect(timer.kind).toBe('02')
  expect(timer.hundredths).toBeLessThanOrEqual(most)
  expect(timer.hundredths).toBeGreaterThan(most - 200)
})

onLinux('keepAliveMsecs of some hosts holds for them alone', async () => {
  const [own, other] = await Promise.all([1, 2].map(() => httpServer((_, reply) => reply.end('x'))))
  const pool = open({ keepAliveMsecs: 30_000, perHostPools: { own: { hosts: [`127.0.0.1:${own.port}`], keepAliveMsecs: 5_000 } } })
  for (const { url } of [own, other]) await (await pool.request(url)).body.text()
  expect(timers(own.port)[0].hundredths).toBeLessThanOrEqual(500)
  expect(timers(other.port)[0].hundredths).toBeGreaterThan(2_000)
})

test('keepAlive: false says so to the server', async () => {
  const { body } = await open({ keepAlive: false }).request(server.url('/headers'))
  const { headers } = await body.json()
  expect(headers).toContainEqual(['connection', 'close'])
})

test('with keepAlive nothing is said', async () => {
  const { body } = await open().request(server.url('/headers'))
  const { headers } = await body.json()
  expect(headers.map(([name]) => name.toLowerCase())).not.toContain('connection')
})

test('an agent of a pool without keepAlive closes too', async () => {
  const { url } = await tcpServer(socket => socket.once('data', data => socket.end(`HTTP/1.1 200 OK\r\nX-Said: ${/connection: (\S+)/i.exec(String(data))?.[1]}\r\n\r\n`)))
  const request = require('node:http').get(url, { agent: open({ keepAlive: false }).getHttpAgent() })
  const [response] = await once(request, 'response')
  response.resume()
  await once(response, 'end')
  expect(response.headers['x-said']).toBe('close')
})

test('family 4 dials IPv4 alone', async () => {
  const { port } = await httpServer((request, reply) => reply.end(request.socket.remoteFamily))
  const { body } = await open({ family: 4 }).request(`http://localhost:${port}/`)
  expect(await body.text()).toBe('IPv4')
})

test('family 6 never dials IPv4', async () => {
  const { port } = await httpServer((_, reply) => reply.end('x'))
  const error = await rejection(open({ family: 6 }).request(`http://localhost:${port}/`))
  // Where the name has no such address, or the machine no such network.
  expect(error.code).toMatch(/^(ECONNREFUSED|ENOTFOUND|EADDRNOTAVAIL|ENETUNREACH)$/)
  expect(error.address ?? '::1').toBe('::1')
})

test('localAddress is where connections come from', async () => {
  const { url } = await httpServer((request, reply) => reply.end(request.socket.remoteAddress))
  const { body } = await open({ localAddress: '127.0.0.2' }).request(url)
  expect(await body.text()).toBe('127.0.0.2')
})

test('maxExpansion of some hosts holds for them', async () => {
  const [own, other] = [server.http, server.http].map((port, at) => `http://${at === 0 ? '127.0.0.1' : 'localhost'}:${port}/encoded?coding=gzip&n=40000000`)
  const pool = open({ perHostPools: { own: { hosts: ['127.0.0.1'], maxExpansion: 2 } } })
  const { body } = await pool.request(own, { headers: { 'accept-encoding': 'gzip' } })
  expect(await rejection(body.bytes())).toMatchObject({ code: 'ERR_POOL_BODY_TOO_LARGE' })
  const free = await pool.request(other, { headers: { 'accept-encoding': 'gzip' } })
  expect((await free.body.bytes()).length).toBe(40_000_000)
}, 30_000)

test('trackMetrics: false is told in the report', async () => {
  const pool = open({ trackMetrics: false })
  await (await pool.request(server.url('/json'))).body.text()
  expect(pool.getReport()).toMatch(/P50: not tracked\nP95: not tracked\nP99: not tracked/)
})

test('tracked times are in the report', async () => {
  const pool = open()
  await (await pool.request(server.url('/json'))).body.text()
  expect(pool.getReport()).toMatch(/P50: \d+\.\d\d ms/)
})
