'use strict'

const { once } = require('node:events')
const net = require('node:net')

/** @typedef {import('../play').Stage} Stage */

/** A port that nobody listens on. */
async function closedPort () {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = /** @type {net.AddressInfo} */ (server.address())
  server.close()
  await once(server, 'close')
  return port
}

/** Some of a reply, then an end of the connection. */
const cut = (bytes, end, options = {}) => async t => {
  const req = t.send('r1', options)
  const peer = await t.server.connection()
  await peer.head()
  if (bytes !== '') await peer.send(bytes)
  // Bytes and a reset that come together are one thing for one reader and two for another.
  await t.until(() => req.socket?.bytesRead === bytes.length, 'the bytes to be read')
  end(peer)
  await t.seen('r1 close', 's1 close')
}

const reset = peer => peer.reset()
const fin = peer => peer.fin()

module.exports = {
  /** @param {Stage} t */
  async 'a connection that is refused' (t) {
    t.server.port = await closedPort()
    t.send('r1', { port: t.server.port })
    await t.seen('r1 close')
  },
  /** @param {Stage} t */
  async 'a connection to a name that is refused' (t) {
    t.server.port = await closedPort()
    t.send('r1', { host: 'localhost', port: t.server.port })
    await t.seen('r1 close')
  },
  /** @param {Stage} t */
  async 'a name that nobody has' (t) {
    t.send('r1', { host: 'no-such-host.invalid' })
    await t.seen('r1 close')
  },
  'a reset before the head': cut('', reset),
  'a reset in the head': cut('HTTP/1.1 200 OK\r\nConte', reset),
  'a reset in the body': cut('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf', reset),
  'a reset in a body that the connection ends': cut('HTTP/1.1 200 OK\r\n\r\nhalf', reset),
  'an end before the head': cut('', fin),
  'an end before the head of a POST': cut('', fin, { method: 'POST' }),
  'a reset after 1xx': cut('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n', reset),
  /** @param {Stage} t */
  async 'a reset in the upload' (t) {
    const req = t.open('r1', { method: 'POST' })
    req.write('part')
    const peer = await t.server.connection()
    await peer.read('part\r\n')
    peer.reset()
    await t.seen('r1 close', 's1 close')
    req.write('more', error => t.note('refused', /** @type {any} */ (error)?.code))
    await t.seen('note refused')
  },
  /** @param {Stage} t */
  async 'a reset of an upload of 32 MiB' (t) {
    t.send('r1', { method: 'POST' }, { body: Buffer.alloc(32 * 1024 * 1024) })
    const peer = await t.server.connection()
    await peer.head()
    peer.socket.pause()
    peer.reset()
    await t.seen('r1 close', 's1 close')
    peer.got = peer.got.slice(0, peer.got.indexOf('\r\n\r\n'))
  },
  /** @param {Stage} t */
  async 'a reply before its request' (t) {
    const req = t.open('r1', { method: 'POST', headers: { 'Content-Length': 2 } })
    const peer = await t.server.connection()
    // Bytes that come before anybody has the connection are nobody's, and end it.
    await t.seen('s1 connect')
    await peer.ok('early')
    await t.seen('r1 response', 'r1.res end')
    req.end('ab')
    await t.seen('r1 close')
    await peer.head()
    await peer.bytes(2)
    await t.until(() => t.idle() === 1, 'the request to be done')
  },
  /** @param {Stage} t */
  async 'an error of the socket that the scenario makes' (t) {
    const req = t.send('r1')
    const peer = await t.server.connection()
    await peer.head()
    req.socket?.destroy(Object.assign(new Error('made up'), { code: 'EMADEUP' }))
    await t.seen('r1 close', 's1 close')
    await peer.ended()
  },
  /** @param {Stage} t */
  async 'nobody listens for the error' (t) {
    t.send('r1', {}, { unheard: ['error'] })
    const peer = await t.server.connection()
    await peer.head()
    peer.reset()
    await t.seen('r1 close', 's1 close')
  }
}
