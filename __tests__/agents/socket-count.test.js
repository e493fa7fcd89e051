'use strict'

const http = require('node:http')
const https = require('node:https')
const dns = require('node:dns')
const { Workshop } = require('../support/certificates')
const { until } = require('../support/awaiting')
const { open } = require('../support/pools')
const { httpServer, httpsServer } = require('../support/servers')
const { exchange } = require('./exchange')

const workshop = new Workshop()
const ca = workshop.root.cert

test.each(['http', 'https'])('totalSocketCount is of the sockets in use and of the free ones, as of Node\'s agent: %s', async scheme => {
  const held = []
  const listener = (request, reply) => held.push(reply)
  const { url } = scheme === 'http' ? await httpServer(listener) : await httpsServer(workshop.issue('localhost'), listener)
  const play = async agent => {
    const counts = [agent.totalSocketCount]
    const requests = [1, 2].map(() => exchange(url, { agent, ca }))
    await until(() => held.length === 2)
    counts.push(agent.totalSocketCount)
    held.pop().end()
    await until(() => Object.values(agent.freeSockets).flat().length === 1)
    counts.push(agent.totalSocketCount)
    held.pop().end()
    await Promise.all(requests)
    await until(() => Object.keys(agent.sockets).length === 0)
    counts.push(agent.totalSocketCount)
    const free = Object.values(agent.freeSockets).flat()
    free.forEach(socket => socket.destroy())
    await until(() => Object.keys(agent.freeSockets).length === 0)
    return [...counts, agent.totalSocketCount]
  }
  const pool = open({ tls: { ca } })
  const node = scheme === 'http' ? new http.Agent({ keepAlive: true }) : new https.Agent({ keepAlive: true })
  const counted = await play(scheme === 'http' ? pool.getHttpAgent() : pool.getHttpsAgent())
  expect(counted).toEqual(await play(node))
  expect(counted).toEqual([0, 2, 2, 2, 0])
})

test('a socket that Node makes for an agent counts once', async () => {
  const held = []
  const { url } = await httpServer((request, reply) => held.push(reply))
  const agent = open().getHttpAgent()
  const answered = exchange(url, { agent, hints: dns.ADDRCONFIG })
  await until(() => held.length === 1)
  expect(agent.totalSocketCount).toBe(1)
  held[0].end()
  await answered
  await until(() => Object.keys(agent.sockets).length === 0)
  expect(agent.totalSocketCount).toBe(0)
})
