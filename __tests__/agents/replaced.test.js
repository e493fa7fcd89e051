'use strict'

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
