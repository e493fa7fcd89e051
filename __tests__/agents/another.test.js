'use strict'

// An agent of Node's that is made by the constructor of a pool's agent.

const http = require('node:http')
const https = require('node:https')
const { Workshop } = require('../support/certificates')
const { open } = require('../support/pools')
const { httpServer, httpsServer, left } = require('../support/servers')
const { exchange } = require('./exchange')

const workshop = new Workshop()
const ca = workshop.root.cert
const told = (request, reply) => reply.end(request.headers.connection)

/** For one test. */
function setGlobalAgent (module, agent) {
  const before = module.globalAgent
  left.push(() => { module.globalAgent = before })
  module.globalAgent = agent
}

test('agent: false takes an agent of Node\'s, where a pool\'s is the global one: http', async () => {
  const { url } = await httpServer(told)
  const pool = open()
  setGlobalAgent(http, pool.getHttpAgent())
  expect(String((await exchange(url, { agent: false })).body)).toBe('close')
  expect(pool.getMetrics().connectionsCreated).toBe(0)
})

test('agent: false takes an agent of Node\'s, where a pool\'s is the global one: https', async () => {
  const { url } = await httpsServer(workshop.issue('localhost'), told)
  const pool = open()
  setGlobalAgent(https, pool.getHttpsAgent())
  expect(String((await exchange(url, { agent: false, ca })).body)).toBe('close')
  expect(pool.getMetrics().connectionsCreated).toBe(0)
})

test.each([['http', http.Agent], ['https', https.Agent]])('the constructor of an agent makes one of Node\'s, with its options: %s', (scheme, Agent) => {
  const pool = open()
  const { constructor } = scheme === 'http' ? pool.getHttpAgent() : pool.getHttpsAgent()
  expect(Object.getPrototypeOf(new constructor())).toBe(Agent.prototype)
  expect(new constructor({ keepAlive: true, maxSockets: 3 })).toMatchObject({ keepAlive: true, maxSockets: 3 })
})
