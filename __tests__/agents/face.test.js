'use strict'

const { once } = require('node:events')
const http = require('node:http')
const https = require('node:https')
const net = require('node:net')
const { until } = require('../support/awaiting')
const { runChild } = require('../support/child')
const { open } = require('../support/pools')
const { httpServer, serve, tcpServer } = require('../support/servers')

const server = serve('bench-server')
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

/** A request under way, and its socket. */
async function begun (url, agent) {
  const request = http.get(url, { agent })
  request.on('error', () => {})
  const [socket] = await once(request, 'socket')
  return { request, socket }
}

/** A reply, read to its end. */
async function read (request) {
  const [response] = await once(request, 'response')
  response.resume()
  await once(response, 'end')
  return response
}

test('TCP is told before the handshake is through', async () => {
  /** @type {import('node:net').Socket[]} */ const silent = []
  const { port } = await tcpServer(socket => silent.push(socket))
  const request = https.get({ host: 'localhost', port, agent: open({ tls: { ca: server.ca } }).getHttpsAgent() })
  request.on('error', () => {})
  const [socket] = await once(request, 'socket')
  const told = []
  for (const event of ['lookup', 'connect', 'ready', 'secureConnect']) socket.on(event, () => told.push(event))
  await once(socket, 'ready')
  expect([told, socket.connecting, socket.authorized, socket.remotePort]).toEqual([['lookup', 'connect', 'ready'], false, false, port])
  request.destroy()
})

test('a socket that another connection came to sooner tells its steps all the same', async () => {
  const request = https.get(`https://localhost:${server.https1}/json`, { agent: open({ tls: { ca: server.ca } }).getHttpsAgent() })
  const [socket] = await once(request, 'socket')
  const told = []
  for (const event of ['lookup', 'connect', 'ready', 'secureConnect']) socket.on(event, () => told.push(event))
  await read(request)
  expect(told).toEqual(['lookup', 'connect', 'ready', 'secureConnect'])
})

test('a listener that throws while a socket connects holds no request back', async () => {
  const { stdout } = await runChild(`
    const http = require('node:http')
    const pool = new ConnectionPoolManager()
    process.on('uncaughtException', error => console.log(error.message))
    const request = http.get(url, { agent: pool.getHttpAgent() }, response => response.resume().on('end', () => console.log('read')))
    request.on('socket', socket => socket.once('connect', () => { throw new Error('thrown') }))
  `, { url: server.url('/json') })
  expect(stdout).toBe('thrown\nread\n')
})

test.each([
  ["Node's own agent", () => new http.Agent({ keepAlive: true })],
  ['the agent of a pool', () => open().getHttpAgent()]
])('a timeout is told once, and again only once something has moved: %s', async (_, agentOf) => {
  const { url, sockets } = await tcpServer(() => {})
  const { request, socket } = await begun(url, agentOf())
  await until(() => sockets.size === 1)
  let times = 0
  socket.setTimeout(5)
  socket.on('timeout', () => times++)
  await until(() => times > 0)
  await new Promise(resolve => setTimeout(resolve, 50))
  expect(times).toBe(1)
  const [peer] = sockets
  peer.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n')
  await until(() => times > 1)
  request.destroy()
})

test('bytes that come put a timeout off', async () => {
  const { url, sockets } = await tcpServer(() => {})
  const { request, socket } = await begun(url, open().getHttpAgent())
  await until(() => sockets.size === 1)
  let isTold = false
  socket.setTimeout(400, () => { isTold = true })
  const [peer] = sockets
  peer.write('HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n')
  const end = Date.now() + 800
  await until(() => {
    peer.write('x')
    return Date.now() > end
  })
  expect(isTold).toBe(false)
  request.destroy()
})

test('a listener of setTimeout hears one timeout', async () => {
  const { url, sockets } = await tcpServer(() => {})
  const { request, socket } = await begun(url, open().getHttpAgent())
  await until(() => sockets.size === 1)
  let [all, own] = [0, 0]
  socket.on('timeout', () => all++)
  socket.setTimeout(5, () => own++)
  await until(() => all === 1)
  const [peer] = sockets
  peer.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n')
  await until(() => all === 2)
  expect(own).toBe(1)
  request.destroy()
})

test('setTimeout(0) takes its listener off', async () => {
  const { url } = await tcpServer(() => {})
  const { request, socket } = await begun(url, open().getHttpAgent())
  const listener = () => {}
  const before = socket.listenerCount('timeout')
  socket.setTimeout(10_000, listener)
  socket.setTimeout(0, listener)
  expect(socket.listenerCount('timeout')).toBe(before)
  request.destroy()
})

test('what waits to be sent counts as written', async () => {
  const { url } = await tcpServer(socket => socket.pause())
  const { request, socket } = await begun(url, open().getHttpAgent())
  await once(socket, 'ready')
  const before = socket.bytesWritten
  for (let i = 0; i < 4; i++) socket.write(Buffer.alloc(16 * 1024 * 1024))
  expect(socket.bytesWritten).toBe(before + 64 * 1024 * 1024)
  request.destroy()
})

test('destroySoon sends what is written, then closes without waiting for the other side', async () => {
  let got = 0
  const { url } = await tcpServer(socket => socket.on('data', chunk => { got += chunk.length }))
  const { socket } = await begun(url, open().getHttpAgent())
  await once(socket, 'ready')
  const head = socket.bytesWritten
  socket.write(Buffer.alloc(1024 * 1024))
  socket.destroySoon()
  await once(socket, 'close')
  await until(() => got === head + 1024 * 1024)
})

test('a socket that is ended long after its bytes were taken finishes', async () => {
  let got = 0
  const { url } = await tcpServer(socket => socket.on('data', chunk => { got += chunk.length }))
  const { request, socket } = await begun(url, open().getHttpAgent())
  await until(() => got === socket.bytesWritten && got > 0)
  socket.end()
  await once(socket, 'finish')
  request.destroy()
})

test('resetAndDestroy is seen as a reset', async () => {
  const failed = []
  let got = 0
  const { url } = await tcpServer(socket => {
    socket.on('data', chunk => { got += chunk.length }).on('error', error => failed.push(/** @type {any} */ (error).code))
  })
  const { socket } = await begun(url, open().getHttpAgent())
  await until(() => got > 0)
  expect(socket.resetAndDestroy()).toBe(socket)
  await until(() => failed.length === 1)
  expect(failed).toEqual(['ECONNRESET'])
})

test('a socket knows both its ends while it is open, and the other one after', async () => {
  const { url, port } = await tcpServer(socket => socket.on('data', () => socket.write(OK)))
  const { request, socket } = await begun(url, open().getHttpAgent())
  expect([socket.address(), socket.pending, socket.readyState]).toEqual([{}, true, 'opening'])
  await read(request)
  expect(socket.address()).toEqual({ address: '127.0.0.1', family: 'IPv4', port: expect.any(Number) })
  expect([socket.remoteAddress, socket.remotePort, socket.remoteFamily, socket.pending, socket.readyState]).toEqual(['127.0.0.1', port, 'IPv4', false, 'open'])
  socket.destroy()
  expect([socket.address(), socket.remotePort, socket.pending, socket.readyState]).toEqual([{}, port, true, 'closed'])
})

test('a parked socket that is used again has the addresses of its new connection', async () => {
  const { url } = await httpServer((request, reply) => reply.end(String(request.socket.remotePort)))
  const agent = open().getHttpAgent()
  await read(http.get(url, { agent }))
  const request = http.get(url, { agent })
  const [response] = await once(request, 'response')
  let body = ''
  for await (const chunk of response) body += chunk
  expect(/** @type {any} */ (request.socket).localPort).toBe(Number(body))
})

test('a name that nobody has is told by lookup', async () => {
  const { socket } = await begun('http://no-such-host.invalid', open().getHttpAgent())
  const [error, , , host] = await new Promise(resolve => socket.once('lookup', (...told) => resolve(told)))
  expect([error.code, host]).toEqual(['ENOTFOUND', 'no-such-host.invalid'])
})

test('a timer of a socket lets the process exit', async () => {
  const { code, stdout } = await runChild(`
    const http = require('node:http')
    const pool = new ConnectionPoolManager()
    const request = http.get(url, { agent: pool.getHttpAgent() }, response => response.resume())
    request.on('close', () => setImmediate(() => {
      request.socket.setTimeout(1_000_000)
      console.log('read')
    }))
  `, { url: server.url('/json') })
  expect([code, stdout]).toEqual([0, 'read\n'])
})

test('a socket is no net.Socket, and says so', async () => {
  const { request, socket } = await begun(server.url('/json'), open().getHttpAgent())
  expect(socket).not.toBeInstanceOf(net.Socket)
  await read(request)
})
