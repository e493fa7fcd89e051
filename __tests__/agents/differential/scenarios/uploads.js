'use strict'

/** @typedef {import('../play').Stage} Stage */

module.exports = {
  /** @param {Stage} t */
  async 'an upload in chunks' (t) {
    const req = t.open('r1', { method: 'POST' })
    req.write('hello')
    const peer = await t.server.connection()
    await peer.read('hello\r\n')
    req.write(Buffer.from(' world'))
    await peer.read(' world\r\n')
    req.end('!')
    await peer.read('0\r\n\r\n')
    await peer.ok()
    await t.seen('r1 close')
  },
  /** @param {Stage} t */
  async 'an upload with trailers' (t) {
    const req = t.open('r1', { method: 'POST', headers: { Trailer: 'X-Sum' } })
    req.write('abc')
    req.addTrailers({ 'X-Sum': '3' })
    req.end()
    const peer = await t.server.connection()
    await peer.read('X-Sum: 3\r\n\r\n')
    await peer.ok()
    await t.seen('r1 close')
  },
  /** @param {Stage} t */
  async 'many small writes' (t) {
    const req = t.open('r1', { method: 'POST', headers: { 'Content-Length': 1000 } })
    for (let i = 0; i < 500; i++) req.write('ab')
    req.end()
    const peer = await t.server.connection()
    await peer.head()
    await peer.bytes(1000)
    await peer.ok()
    await t.seen('r1 close')
  },
  /** @param {Stage} t */
  async 'writes whose callbacks are told' (t) {
    const req = t.open('r1', { method: 'POST', headers: { 'Content-Length': 4 } })
    req.write('ab', () => t.note('written', 1))
    req.write('cd', () => t.note('written', 2))
    req.end(() => t.note('ended'))
    const peer = await t.server.connection()
    await peer.head()
    await peer.bytes(4)
    await peer.ok()
    await t.seen('r1 close')
  },
  /** @param {Stage} t */
  async 'corked writes' (t) {
    const req = t.open('r1', { method: 'POST', headers: { 'Content-Length': 6 } })
    req.cork()
    req.write('ab')
    req.write('cd')
    req.uncork()
    req.cork()
    req.write('ef')
    req.end()
    const peer = await t.server.connection()
    await peer.head()
    await peer.bytes(6)
    await peer.ok()
    await t.seen('r1 close')
  },
  /** @param {Stage} t */
  async 'a head that is flushed before its body' (t) {
    const req = t.open('r1', { method: 'POST', headers: { 'Content-Length': 2 } })
    req.flushHeaders()
    const peer = await t.server.connection()
    await peer.head()
    req.end('ab')
    await peer.bytes(2)
    await peer.ok()
    await t.seen('r1 close')
  },
  /** @param {Stage} t */
  async 'an upload of 4 MiB in one piece' (t) {
    const size = 4 * 1024 * 1024
    t.send('r1', { method: 'PUT', headers: { 'Content-Length': size } }, { body: Buffer.alloc(size, 'x') })
    const peer = await t.server.connection()
    await peer.head()
    await peer.bytes(size)
    await t.seen('r1 finish')
    await peer.ok()
    await t.seen('r1 close')
  },
  /** @param {Stage} t */
  async 'a write after the end' (t) {
    const req = t.send('r1', { method: 'POST' })
    req.write('late', error => t.note('refused', error?.name, /** @type {any} */ (error)?.code))
    const peer = await t.server.connection()
    await peer.head()
    await t.seen('note refused')
    await peer.ok()
    await t.seen('r1.res end')
  },
  /** @param {Stage} t */
  async 'a second end' (t) {
    const req = t.send('r1', { method: 'POST' }, { body: 'x' })
    req.end(error => t.note('ended again', /** @type {any} */ (error)?.code))
    const peer = await t.server.connection()
    await peer.head()
    await peer.bytes(1)
    await peer.ok()
    await t.seen('r1 close')
  },
  /** @param {Stage} t */
  async 'an early reply to an upload that never ends' (t) {
    const req = t.open('r1', { method: 'POST', headers: { 'Content-Length': 100 } })
    req.write('part')
    const peer = await t.server.connection()
    await peer.head()
    await peer.bytes(4)
    await peer.ok('early')
    await t.seen('r1.res end')
    t.note('still writing', req.writableEnded)
    req.destroy()
    await t.seen('r1 close', 's1 close')
  },
  /** @param {Stage} t */
  async 'an early reply to an upload that ends after it' (t) {
    const req = t.open('r1', { method: 'POST', headers: { 'Content-Length': 8 } })
    req.write('part')
    const peer = await t.server.connection()
    await peer.head()
    await peer.bytes(4)
    await peer.ok('early')
    await t.seen('r1.res end')
    req.end('last')
    await peer.bytes(4)
    await t.seen('r1 close')
    await t.until(() => t.idle() === 1, 'the connection to be idle')
    await t.exchange('r2', peer)
  },
  /** @param {Stage} t */
  async 'an early reply to an upload of 32 MiB that is under way' (t) {
    const size = 32 * 1024 * 1024
    t.send('r1', { method: 'PUT', headers: { 'Content-Length': size } }, { body: Buffer.alloc(size, 'x') })
    const peer = await t.server.connection()
    await peer.head()
    peer.socket.pause()
    await peer.ok('early')
    await t.seen('r1.res end')
    t.note('still writing')
    peer.socket.resume()
    await peer.bytes(size)
    await t.seen('r1 close')
    await t.until(() => t.idle() === 1, 'the connection to be idle')
    await t.exchange('r2', peer)
    peer.got = peer.got.replace(/x+/, 'x')
  },
  /** @param {Stage} t */
  async 'callbacks of writes on a socket that is destroyed while it connects' (t) {
    const req = t.open('r1', { method: 'POST' })
    req.write('ab', error => t.note('written', /** @type {any} */ (error)?.code))
    await new Promise(resolve => req.once('socket', resolve))
    await new Promise(resolve => process.nextTick(resolve))
    req.destroy()
    await t.seen('r1 close', 's1 close')
  },
  /** @param {Stage} t */
  async 'callbacks of writes on a socket that is destroyed in an upload' (t) {
    const req = t.open('r1', { method: 'POST' })
    req.write(Buffer.alloc(32 * 1024 * 1024, 'x'), error => t.note('written', /** @type {any} */ (error)?.code))
    const peer = await t.server.connection()
    await peer.head()
    peer.socket.pause()
    req.destroy()
    await t.seen('r1 close', 's1 close')
    peer.socket.resume()
    await peer.ended()
    peer.got = peer.got.replace(/x+/, 'x')
  },
  /** @param {Stage} t */
  async 'an early reply that closes the connection' (t) {
    const req = t.open('r1', { method: 'POST', headers: { 'Content-Length': 100 } })
    req.write('part')
    const peer = await t.server.connection()
    await peer.head()
    await peer.bytes(4)
    await peer.ok('no', ['Connection: close'])
    await t.seen('r1.res end', 'r1 close', 's1 close')
  },
  /** @param {Stage} t */
  async 'a length that the body does not have, held to' (t) {
    const req = /** @type {any} */ (t.open('r1', { method: 'POST', headers: { 'Content-Length': 2 } }))
    req.strictContentLength = true
    try { req.end('long') } catch (error) { t.note('thrown', error.code) }
    req.destroy()
    await t.seen('r1 close')
  }
}
