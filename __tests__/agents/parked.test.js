'use strict'

const { once } = require('node:events')
const http = require('node:http')
const { until } = require('../support/awaiting')
const { open } = require('../support/pools')
const { httpServer, serve } = require('../support/servers')

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

/** The socket of a request that is over. */
function parked (agent, url) {
  return new Promise((resolve, reject) => {
    const request = http.get(url, { agent }, reply => reply.resume()).on('error', reject)
    agent.once('free', () => setImmediate(resolve, request.socket))
  })
}

test.each(['end', 'destroy', 'destroySoon'])('a parked socket on which somebody calls %s closes, and the next requests have others', async how => {
  const pool = open({ maxSockets: 1 })
  const agent = pool.getHttpAgent()
  const socket = await parked(agent, server.url('/json'))
  const closed = new Promise(resolve => socket.once('close', resolve))
  socket[how]()
  const others = [await parked(agent, server.url('/json')), await parked(agent, server.url('/json'))]
  expect(others).not.toContain(socket)
  await closed
})

test('what somebody writes on a parked socket goes nowhere, and its error ends that socket alone', async () => {
  const pool = open({ maxSockets: 1 })
  const agent = pool.getHttpAgent()
  const socket = await parked(agent, server.url('/json'))
  const closed = new Promise(resolve => socket.once('close', resolve))
  socket.write('GET /delay HTTP/1.1\r\n\r\n')
  await closed
  expect(await parked(agent, server.url('/json'))).not.toBe(socket)
})

test('an error that somebody tells of on a parked socket, whichever way, is nobody\'s that does not listen', async () => {
  const agent = open({ maxSockets: 1 }).getHttpAgent()
  const socket = await parked(agent, server.url('/json'))
  expect(socket.listenerCount('error')).toBe(1)
  socket.emit('error', new Error('told'))
  const closed = once(socket, 'close')
  socket.destroy(new Error('its end'))
  await expect(closed).rejects.toThrow('its end')
})

test('who inspects a parked socket sees no other', async () => {
  const agent = open().getHttpAgent()
  // Neither is answered before the other has come, so that each has a connection.
  const replies = []
  const { url } = await httpServer((_, reply) => { if (replies.push(reply) === 2) replies.forEach(held => held.end()) })
  for (let i = 0; i < 2; i++) http.get(url, { agent }, reply => reply.resume())
  const both = await until(() => {
    const free = Object.values(agent.freeSockets).flat()
    return free.length === 2 && free
  })
  expect(both.some(socket => Object.values(socket).some(value => both.includes(value)))).toBe(false)
})

test('the end of an agent closes what is idle where it has been, also what no free socket stands for', async () => {
  const pool = open({ maxSockets: 10 })
  const agent = pool.getHttpAgent()
  await pool.preconnect(server.url(), 3)
  await parked(agent, server.url('/json'))
  expect(pool.getMetrics()).toMatchObject({ currentPoolSize: 3 })
  agent.destroy()
  expect(pool.getMetrics()).toMatchObject({ currentPoolSize: 0, connectionsDestroyed: 3 })
  // It carries on with what it is asked for then.
  await parked(agent, server.url('/json'))
})
