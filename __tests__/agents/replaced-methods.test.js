'use strict'

// Methods by which Node's agents make a connection, replaced by somebody's own.

const http = require('node:http')
const https = require('node:https')
const net = require('node:net')
const { Workshop } = require('../support/certificates')
const { rejection } = require('../support/awaiting')
const { open } = require('../support/pools')
const { closedPort, httpServer, httpsServer, left } = require('../support/servers')
const { exchange } = require('./exchange')

const workshop = new Workshop()
const ca = workshop.root.cert
const told = (request, reply) => reply.end('x')
const siteOf = scheme => scheme === 'http' ? httpServer(told) : httpsServer(workshop.issue('localhost'), told)
const agentOf = (scheme, pool = open({ tls: { ca } })) => scheme === 'http' ? pool.getHttpAgent() : pool.getHttpsAgent()
const refusal = new Error('not from here')

/** For one test. */
function replace (object, name, own) {
  const before = object[name]
  left.push(() => { object[name] = before })
  object[name] = own
  return before
}

describe.each([['http', http.Agent], ['https', https.Agent]])('over %s', (scheme, { prototype }) => {
  test('a createSocket of one\'s own may refuse a request', async () => {
    const { url } = await siteOf(scheme)
    const agent = agentOf(scheme)
    const seen = []
    agent.createSocket = (request, options, done) => {
      seen.push([request.method, options.host])
      done(refusal)
    }
    expect(await rejection(exchange(url, { agent }))).toBe(refusal)
    expect(seen).toEqual([['GET', new URL(url).hostname]])
  })

  test('a createSocket of one\'s own may call the agent\'s', async () => {
    const { url } = await siteOf(scheme)
    const agent = agentOf(scheme)
    const { createSocket } = agent
    const seen = []
    agent.createSocket = function (request, options, done) {
      seen.push(options.host)
      return createSocket.call(this, request, options, done)
    }
    expect((await exchange(url, { agent })).status).toBe(200)
    expect(seen).toHaveLength(1)
  })

  test.each(['createSocket', 'createConnection'])('a %s that is put in place for all of Node\'s agents may refuse a request', async name => {
    const { url } = await siteOf(scheme)
    const agent = agentOf(scheme)
    replace(prototype, name, (...given) => { process.nextTick(given.at(-1), refusal) })
    expect(await rejection(exchange(url, { agent }))).toBe(refusal)
  })

  test('a createConnection that is put in place for all of Node\'s agents may give a connection of its own', async () => {
    const { url } = await siteOf(scheme)
    const pool = open({ tls: { ca } })
    const agent = agentOf(scheme, pool)
    const seen = []
    const before = replace(prototype, 'createConnection', function (...given) {
      const socket = before.apply(this, given)
      seen.push(socket)
      return socket
    })
    expect((await exchange(url, { agent })).status).toBe(200)
    expect(seen).toEqual([expect.any(net.Socket)])
    expect(pool.getMetrics().connectionsCreated).toBe(0)
  })

  test('what is put in place for all of Node\'s agents goes past no proxy', async () => {
    const { url } = await siteOf(scheme)
    const connect = jest.fn()
    replace(prototype, 'createConnection', connect)
    const agent = agentOf(scheme, open({ proxy: `http://127.0.0.1:${await closedPort()}` }))
    expect((await rejection(exchange(url, { agent }))).message).toMatch(/^a createConnection of one's own, /)
    expect(connect).not.toHaveBeenCalled()
  })

  test('what was put back is no more in the way', async () => {
    const { url } = await siteOf(scheme)
    const pool = open({ tls: { ca } })
    const before = replace(prototype, 'createConnection', () => { throw refusal })
    prototype.createConnection = before
    expect((await exchange(url, { agent: agentOf(scheme, pool) })).status).toBe(200)
    expect(pool.getMetrics().connectionsCreated).toBe(1)
  })
})
