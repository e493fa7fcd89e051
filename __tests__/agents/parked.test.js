'use strict'

const http = require('node:http')
const { until } = require('../support/awaiting')
const { open } = require('../support/pools')
const { serve } = require('../support/servers')

const server = serve('bench-server')
const ORIGINS = 50
const MOST = 5

test('of many origins visited an agent keeps as many parked sockets as the pool may have connections', async () => {
  const lookup = (_, options, done) => (options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4))
  const pool = open({ maxSockets: MOST, lookup })
  const agent = pool.getHttpAgent()
  const parked = () => Object.values(agent.freeSockets).flat().length
  for (let i = 0; i < ORIGINS; i++) {
    await new Promise((resolve, reject) => {
      http.get(`http://n${i}.test:${server.http}/json`, { agent }, reply => reply.resume().on('end', resolve)).on('error', reject)
    })
  }
  await until(() => Object.keys(agent.sockets).length === 0)
  expect([parked(), Object.keys(agent.freeSockets).length, pool.getMetrics().currentPoolSize]).toEqual([MOST, MOST, MOST])
})
