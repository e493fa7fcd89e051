'use strict'

const { once } = require('node:events')
const http = require('node:http')
const https = require('node:https')
const tls = require('node:tls')
const { Workshop } = require('../support/certificates')
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

test('a socket whose request goes out once more tells of the connection on which it did', async () => {
  /** @type {(number | undefined)[]} */ const ports = []
  const { url } = await tcpServer(socket => {
    ports.push(socket.remotePort)
    let requests = 0
    socket.on('data', () => {
      if (++requests > 1) return socket.destroy()
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    })
  })
  const agent = open().getHttpAgent()
  const get = () => http.get(url, { agent }).on('error', () => {})
  const [first] = await once(get(), 'response')
  await once(first.resume(), 'end')
  const request = get()
  const [socket] = await once(request, 'socket')
  const before = socket.localPort
  const [response] = await once(request, 'response')
  const during = socket.localPort
  await once(response.resume(), 'end')
  expect([before, during, request.reusedSocket]).toEqual([ports[0], ports[1], true])
})
