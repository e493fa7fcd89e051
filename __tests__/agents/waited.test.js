'use strict'

// A connection that was made while its request waited in the queue. The request sees it come to be, as with Node's agent any sees a
// new one.

const { once } = require('node:events')
const http = require('node:http')
const https = require('node:https')
const { Workshop } = require('../support/certificates')
const { rejection, until } = require('../support/awaiting')
const { open } = require('../support/pools')
const { httpServer, httpsServer, tcpServer } = require('../support/servers')
const { exchange } = require('./exchange')

const workshop = new Workshop()
const ca = workshop.root.cert
const server = workshop.issue('localhost')
const EVENTS = ['lookup', 'connect', 'ready', 'secureConnect']
const lookup = (_name, _options, done) => setImmediate(done, null, [{ address: '127.0.0.1', family: 4 }])
/** One that lets nothing be used twice. */
const closing = (request, reply) => reply.setHeader('connection', 'close').end('x')
const siteOf = scheme => scheme === 'http' ? httpServer(closing) : httpsServer(server, closing)

const agentOf = (pool, scheme) => scheme === 'http' ? pool.getHttpAgent() : pool.getHttpsAgent()

/** What a request and its socket tell until there is a reply. */
async function told (request) {
  const heard = []
  request.on('response', () => heard.push('response')).on('error', error => heard.push(error.code))
  const [socket] = await once(request, 'socket')
  heard.push([socket.connecting, socket.pending, socket.readyState, socket.remoteAddress, request.reusedSocket, request.writableFinished])
  for (const event of EVENTS) socket.on(event, (...given) => heard.push([event, ...given, socket.connecting, socket.remoteAddress]))
  await new Promise(resolve => request.on('response', reply => reply.resume().on('end', resolve)).on('close', resolve))
  return heard
}

test.each(['http', 'https'])('a request that has waited tells of its new connection as with Node\'s agent: %s', async scheme => {
  const { port } = await siteOf(scheme)
  const { Agent, get } = scheme === 'http' ? http : https
  const pool = open({ maxSocketsPerHost: 1, tls: { ca } })
  const [node, ours] = [new Agent({ maxSockets: 1 }), agentOf(pool, scheme)].map(agent => {
    const requests = [1, 2, 3].map(() => get({ host: 'localhost', port, agent, ca, lookup }))
    return Promise.all(requests.map(told))
  })
  const all = await ours
  expect(all).toEqual(await node)
  expect(all[2]).toHaveLength(EVENTS.length + (scheme === 'http' ? 1 : 2))
})

/** A request that waits behind another, which ends with its connection; the next is another server's. */
async function waiting (second) {
  let connections = 0
  const held = []
  const { url } = await tcpServer(socket => {
    if (++connections > 1) return second(socket)
    socket.once('data', () => held.push(socket))
  })
  const pool = open({ maxSocketsPerHost: 1 })
  const agent = pool.getHttpAgent()
  const first = exchange(url, { agent })
  const request = http.get(url, { agent })
  await until(() => held.length === 1)
  held[0].end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
  await first
  return { pool, url, agent, request }
}

test('a peer that speaks first is heard once its connection was told of', async () => {
  const { request } = await waiting(socket => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'))
  expect((await told(request)).map(event => event[0])).toEqual([true, 'connect', 'ready', 'r'])
})

test('a peer that resets at once fails a request whose connection was told of', async () => {
  const { request } = await waiting(socket => socket.resetAndDestroy())
  // Its address is known only while there is a connection.
  expect((await told(request)).slice(1).map(event => [event].flat()[0])).toEqual(['connect', 'ready', 'ECONNRESET'])
})

test.each([['http', 'socket'], ['https', 'socket'], ['http', 'connect'], ['https', 'connect']])('over %s, one that is destroyed at its \'%s\' is told of no more than with Node\'s agent', async (scheme, at) => {
  const { port, server: origin } = await siteOf(scheme)
  const asked = jest.fn()
  origin.on('request', asked)
  const { Agent, get } = scheme === 'http' ? http : https
  const pool = open({ maxSocketsPerHost: 1, tls: { ca } })
  const [node, ours] = await Promise.all([new Agent({ maxSockets: 1 }), agentOf(pool, scheme)].map(async agent => {
    const first = told(get({ host: 'localhost', port, agent, ca, lookup }))
    const request = get({ host: 'localhost', port, agent, ca, lookup })
    const heard = []
    request.on('socket', socket => {
      for (const event of EVENTS) socket.on(event, () => heard.push(event))
      if (at === 'socket') request.destroy()
      else socket.on(at, () => request.destroy())
    })
    heard.push((await rejection(once(request, 'response'))).code)
    await first
    await until(() => request.socket.closed)
    return heard
  }))
  expect(ours).toEqual(node)
  expect(asked).toHaveBeenCalledTimes(2)
})

test('the connection of one that is given up before it has its socket is the next one\'s', async () => {
  const { pool, request, url, agent } = await waiting(socket => socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')))
  const { onSocket } = request
  request.onSocket = function (...given) {
    onSocket.apply(this, given)
    this.destroy()
  }
  expect((await rejection(once(request, 'response'))).code).toBe('ECONNRESET')
  await until(() => Object.keys(agent.sockets).length === 0)
  expect([agent.freeSockets, pool.getMetrics().agents.http.idle]).toEqual([{}, 1])
  expect((await exchange(url, { agent })).status).toBe(200)
  expect(pool.getMetrics()).toMatchObject({ connectionsCreated: 2, aborted: 1 })
})
