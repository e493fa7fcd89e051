'use strict'

/** @typedef {import('../play').Stage} Stage */

const CHUNKED = ['HTTP/1.1 200 OK', 'Transfer-Encoding: chunked']

/** @param {Stage} t @param {any} [watching] */
async function begun (t, watching) {
  const req = t.send('r1', {}, watching)
  const peer = await t.server.connection()
  await peer.head()
  return { req, peer }
}

module.exports = {
  /** @param {Stage} t */
  async 'a reply in chunks' (t) {
    const { peer } = await begun(t)
    await peer.reply(CHUNKED, '5\r\nhello\r\n')
    await t.seen('r1 response')
    await peer.send('6\r\n world\r\n0\r\n\r\n')
    await t.seen('r1 close')
  },
  /** @param {Stage} t */
  async 'a reply in chunks with extensions' (t) {
    const { peer } = await begun(t)
    await peer.reply(CHUNKED, '5;a=b;c="d"\r\nhello\r\n0\r\n\r\n')
    await t.seen('r1 close')
  },
  /** @param {Stage} t */
  async 'a reply with trailers' (t) {
    const { peer } = await begun(t)
    await peer.reply([...CHUNKED, 'Trailer: X-Sum'], '2\r\nab\r\n0\r\nX-Sum: 2\r\nx-sum: 3\r\n\r\n')
    await t.seen('r1 close')
  },
  /** @param {Stage} t */
  async 'a reply that the end of the connection ends' (t) {
    const { peer } = await begun(t)
    await peer.reply(['HTTP/1.1 200 OK'], 'all there is')
    await t.seen('r1 response')
    peer.fin()
    await t.seen('r1 close', 's1 close')
  },
  /** @param {Stage} t */
  async 'a reply that comes a byte at a time' (t) {
    const { peer } = await begun(t)
    for (const byte of 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok') await peer.send(byte)
    await t.seen('r1 close')
  },
  /** @param {Stage} t */
  async 'a reply of 1 MiB' (t) {
    const { peer } = await begun(t)
    await peer.ok('0123456789abcdef'.repeat(65536))
    await t.seen('r1 close')
  },
  /** @param {Stage} t */
  async 'a reader that pauses and goes on' (t) {
    const { req, peer } = await begun(t)
    req.once('response', res => res.once('data', () => { res.pause(); t.note('paused') }))
    await peer.reply(['HTTP/1.1 200 OK', 'Content-Length: 10'], 'first')
    await t.seen('note paused')
    await peer.send('later')
    const { res } = /** @type {any} */ (req)
    t.note('flowing', res.readableFlowing, res.complete)
    res.resume()
    await t.seen('r1 close')
  },
  /** @param {Stage} t */
  async 'a reply of 8 MiB that is read slowly' (t) {
    const { req, peer } = await begun(t, { read: false })
    const reply = new Promise(resolve => req.once('response', resolve))
    const sent = peer.ok('x'.repeat(8 * 1024 * 1024))
    let length = 0
    for await (const chunk of await reply) {
      length += chunk.length
      await new Promise(resolve => setImmediate(resolve))
    }
    t.note('read', length)
    await sent
    await t.seen('r1 close')
  },
  /** @param {Stage} t */
  async 'a reply that nobody listens to' (t) {
    const { peer } = await begun(t, { unheard: ['response'] })
    await peer.ok('nobody reads')
    await t.seen('r1 close')
  },
  /** @param {Stage} t */
  async 'a reply that is never read' (t) {
    const { peer } = await begun(t, { read: false })
    await peer.ok('unread')
    await t.seen('r1 response')
    t.note('not closed')
  },
  /** @param {Stage} t */
  async 'a body that is shorter than it says' (t) {
    const { peer } = await begun(t)
    await peer.reply(['HTTP/1.1 200 OK', 'Content-Length: 10'], 'half')
    await t.seen('r1 response')
    peer.fin()
    await t.seen('r1 close', 's1 close')
  },
  /** @param {Stage} t */
  async 'chunks that end too early' (t) {
    const { peer } = await begun(t)
    await peer.reply(CHUNKED, 'a\r\nhalf')
    await t.seen('r1 response')
    peer.fin()
    await t.seen('r1 close', 's1 close')
  },
  /** @param {Stage} t */
  async 'a body that is longer than it says' (t) {
    const { peer } = await begun(t)
    await peer.reply(['HTTP/1.1 200 OK', 'Content-Length: 2'], 'ok and more')
    await t.seen('r1 close', 's1 close')
  },
  /** @param {Stage} t */
  async 'two replies at once to one request' (t) {
    const { peer } = await begun(t)
    const reply = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
    await peer.send(reply + reply)
    await t.seen('r1 close', 's1 close')
  },
  /** @param {Stage} t */
  async 'a whole reply and the end of the connection' (t) {
    const { peer } = await begun(t)
    await peer.ok('whole')
    peer.fin()
    await t.seen('r1 close')
    await t.until(() => t.idle() === 0 && Object.keys(t.agent.sockets).length === 0, 'the end to be seen')
  },
  /** @param {Stage} t */
  async 'a reply that ends while the other side half-closes' (t) {
    const { peer } = await begun(t)
    await peer.reply(['HTTP/1.1 200 OK', 'Content-Length: 10'], 'first')
    await t.seen('r1 response')
    peer.socket.end('later')
    await t.seen('r1 close')
    await t.until(() => t.idle() === 0 && Object.keys(t.agent.sockets).length === 0, 'the end to be seen')
    const next = t.send('r2')
    const other = await t.server.connection()
    await other.head()
    await other.ok()
    await t.seen('r2 close')
    t.note('reused', next.reusedSocket)
  }
}
