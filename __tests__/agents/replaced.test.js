'use strict'

const { once } = require('node:events')
const http = require('node:http')
const https = require('node:https')
const tls = require('node:tls')
const { Workshop } = require('../support/certificates')
const { until } = require('../support/awaiting')
const { open } = require('../support/pools')
const { tcpServer } = require('../support/servers')

const workshop = new Workshop()

test('the error of a dial in place of a reused connection tells where it went, though JavaScript had no socket for that yet', async () => {
  const inner = tls.createServer(workshop.issue('localhost'), socket => {
    let requests = 0
    socket.on('error', () => {}).on('data', () => {
      if (++requests === 1) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
      else socket.destroy()
    })
  })
  let connections = 0
  const { port } = await tcpServer(socket => {
    if (++connections === 1) inner.emit('connection', socket)
    else socket.once('data', () => socket.end())
  })
  const pool = open({ tls: { ca: workshop.root.cert } })
  await (await pool.request(`https://localhost:${port}/`)).body.text()
  const error = await new Promise(resolve => https.get(`https://localhost:${port}/`, { agent: pool.getHttpsAgent() }).on('error', resolve))
  expect(error).toMatchObject({ code: 'ECONNRESET', host: 'localhost', port })
  expect(connections).toBe(2)
})

test('a socket whose request goes out once more tells of the connection on which it did, while the reply is waited for', async () => {
  /** @type {(number | undefined)[]} */ const ports = []
  const { url } = await tcpServer(socket => {
    ports.push(socket.remotePort)
    let requests = 0
    socket.on('data', () => {
      if (++requests > 1) return socket.destroy()
      // The second connection is silent.
      if (ports.length === 1) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    })
  })
  const agent = open().getHttpAgent()
  const get = () => http.get(url, { agent }).on('error', () => {})
  const [first] = await once(get(), 'response')
  await once(first.resume(), 'end')
  await until(() => Object.keys(agent.freeSockets).length === 1)
  const [dead] = Object.values(agent.freeSockets).flat()
  const before = dead.localPort
  const request = get()
  const [socket] = await once(request, 'socket')
  await until(() => ports.length === 2 && socket.localPort !== before)
  expect([before, socket.localPort, request.reusedSocket]).toEqual([...ports, true])
  request.destroy()
})
