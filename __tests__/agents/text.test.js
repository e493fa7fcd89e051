'use strict'

const http = require('node:http')
const { once } = require('node:events')
const { open } = require('../support/pools')
const { tcpServer } = require('../support/servers')

const agents = /** @type {const} */ ([
  ['http.Agent', () => new http.Agent({ keepAlive: true })],
  ['an agent of a pool', () => open().getHttpAgent()]
])

/** What a server reads of a request that `send` writes, and what the socket says of it before and after. */
async function sent (agent, options, send) {
  const got = []
  let bytes = 0
  const { url } = await tcpServer(socket => socket.on('data', data => { got.push(data); bytes += data.length }))
  const request = http.request(url, { ...options, agent }).on('error', () => {})
  send(request)
  const [socket] = await once(request, 'socket')
  const before = socket.bytesWritten
  await once(request, 'finish')
  while (bytes < socket.bytesWritten) await new Promise(resolve => setImmediate(resolve))
  request.destroy()
  return { text: Buffer.concat(got).toString('latin1').replace(/Host: .*/, ''), before, after: socket.bytesWritten }
}

test.each([
  ['a head', {}, (/** @type {http.ClientRequest} */ request) => request.end()],
  ['a head beyond ASCII', { headers: { 'x-name': 'söme' } }, (/** @type {http.ClientRequest} */ request) => request.end()],
  ['a head larger than a record', { headers: { 'x-name': 'ö'.repeat(20_000) } }, (/** @type {http.ClientRequest} */ request) => request.end()],
  ['a body of text', { method: 'POST' }, (/** @type {http.ClientRequest} */ request) => request.end('söme 水')],
  ['text in many pieces', { method: 'POST' }, (/** @type {http.ClientRequest} */ request) => {
    for (const piece of ['s', 'ö', '水']) request.write(piece)
    request.write('ff', 'hex')
    request.write('ö', 'latin1')
    request.end(Buffer.from('me'))
  }]
])('%s goes out as by an agent of Node, and counts the same', async (_, options, send) => {
  const [nodes, ours] = await Promise.all(agents.map(([, agent]) => sent(agent(), options, send)))
  expect(ours?.text).toBe(nodes?.text)
  expect(ours?.after).toBe(nodes?.after)
  expect(ours?.before).toBe(nodes?.before)
})
