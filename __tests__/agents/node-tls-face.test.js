'use strict'

// What a socket shows over which Node speaks TLS: the same as one that Node has connected.

const https = require('node:https')
const { once } = require('node:events')
const { Workshop } = require('../support/certificates')
const { open } = require('../support/pools')
const { httpsServer } = require('../support/servers')

const workshop = new Workshop()
const ca = workshop.root.cert
const server = workshop.issue('localhost')
const OPENSSLS = { ciphers: 'TLS_AES_128_GCM_SHA256', ca }
const EVENTS = ['lookup', 'connect', 'ready', 'secureConnect']

/** By Node's agent and by the pool's. */
async function both (play) {
  const [node, pool] = [new https.Agent(), open().getHttpsAgent()]
  return [await play(node), await play(pool)]
}

test('it connects as one of Node\'s does, and tells so', async () => {
  const { url } = await httpsServer(server, (request, reply) => reply.end('x'))
  const [node, pool] = await both(async agent => {
    const request = https.get(url, { agent, ...OPENSSLS })
    const [socket] = await once(request, 'socket')
    const told = [[socket.connecting, socket.pending, socket.readyState, socket.remoteAddress]]
    for (const event of EVENTS) socket.on(event, (...args) => told.push([event, ...args, socket.connecting, socket.remoteAddress]))
    const [response] = await once(request, 'response')
    response.resume()
    await once(response, 'end')
    return told
  })
  expect(pool).toEqual(node)
  expect(pool.length).toBe(1 + EVENTS.length)
})

test('it has the addresses of its connection', async () => {
  const { url, port } = await httpsServer(server, (request, reply) => reply.end('x'))
  const [node, pool] = await both(async agent => {
    const [response] = await once(https.get(url, { agent, ...OPENSSLS }), 'response')
    const { remoteAddress, remotePort, remoteFamily, localAddress, localFamily, localPort } = response.socket
    const { address, family, port } = response.socket.address()
    response.resume()
    return { remoteAddress, remotePort, remoteFamily, localAddress, localFamily, address, family, isSame: port === localPort && port > 0 }
  })
  expect(pool).toEqual(node)
  expect(pool).toMatchObject({ remotePort: port, isSame: true })
})

test('one whose connection is refused has written nothing', async () => {
  const [node, pool] = await both(async agent => {
    const request = https.get('https://localhost:1', { agent, ...OPENSSLS })
    const told = []
    request.on('finish', () => told.push('finish')).on('error', error => told.push(error.code))
    await new Promise(resolve => { request.on('close', resolve) })
    return [told, request.writableFinished]
  })
  expect(pool).toEqual(node)
})
