'use strict'

/** @typedef {import('../play').Stage} Stage */

const MS = 30

/** A time runs out while the server says nothing; it ends nothing, and the reply comes. */
const ranOut = (options, set = (_req, _t) => {}) => async t => {
  const req = t.send('r1', options)
  set(req, t)
  const peer = await t.server.connection()
  await peer.head()
  await t.seen('r1 timeout')
  t.note('of the socket', req.socket?.timeout)
  req.setTimeout(0)
  await peer.ok()
  await t.seen('r1 close')
}

module.exports = {
  'req.setTimeout that runs out': ranOut({}, req => req.setTimeout(MS)),
  'the option timeout that runs out': ranOut({ timeout: MS }),
  'the agent\'s timeout that runs out': { play: ranOut({}), agent: { timeout: MS } },
  'a listener given with req.setTimeout': ranOut({}, (req, t) => req.setTimeout(MS, () => t.note('listener'))),
  /** @param {Stage} t */
  async 'socket.setTimeout that runs out' (t) {
    const req = t.send('r1')
    req.once('socket', socket => t.note('chained', socket.setTimeout(MS, () => t.note('listener')) === socket))
    const peer = await t.server.connection()
    await peer.head()
    await t.seen('note listener')
    req.socket?.setTimeout(0)
    await peer.ok()
    await t.seen('r1 close')
  },
  /** @param {Stage} t */
  async 'a request destroyed when its time runs out' (t) {
    const req = t.send('r1', { timeout: MS })
    req.once('timeout', () => req.destroy(new Error('too late')))
    const peer = await t.server.connection()
    await peer.head()
    await t.seen('r1 close', 's1 close')
    await peer.ended()
  },
  /** @param {Stage} t */
  async 'a time that runs out in the body' (t) {
    const req = t.send('r1', { timeout: MS })
    const peer = await t.server.connection()
    await peer.head()
    await peer.reply(['HTTP/1.1 200 OK', 'Content-Length: 4'], 'ha')
    await t.seen('r1 timeout')
    req.setTimeout(0)
    await peer.send('lf')
    await t.seen('r1 close')
  },
  /** @param {Stage} t */
  async 'a time of a request that the next one does not have' (t) {
    t.send('r1', { timeout: 60_000 })
    const peer = await t.server.connection()
    await peer.head()
    await peer.ok()
    await t.seen('r1 close')
    const next = t.send('r2')
    await peer.head()
    t.note('of the socket', next.socket?.timeout, /** @type {any} */ (next).timeout)
    await peer.ok()
    await t.seen('r2 close')
  },
  /** @param {Stage} t */
  async 'an invalid time' (t) {
    const req = t.send('r1')
    for (const ms of [-1, 'soon', NaN]) {
      try { req.setTimeout(/** @type {any} */ (ms)) } catch (error) { t.note('thrown', error.name, error.code, error.message) }
    }
    req.destroy()
    await t.seen('r1 close')
  }
}
