'use strict'

/** @typedef {import('../play').Stage} Stage */

/** @param {any} socket */
function face (socket) {
  const { remoteAddress, remoteFamily, remotePort, localAddress, localFamily, encrypted, connecting, pending, readyState, destroyed, timeout, bytesRead, bytesWritten } = socket
  const { port, ...address } = socket.address()
  return {
    remoteAddress,
    remoteFamily,
    remotePort,
    localAddress,
    localFamily,
    encrypted,
    connecting,
    pending,
    readyState,
    destroyed,
    timeout,
    bytesRead,
    bytesWritten,
    address,
    sameLocalPort: port === socket.localPort,
    localPort: typeof socket.localPort
  }
}

/** @param {Stage} t @param {any} [options] */
async function begun (t, options) {
  const req = t.send('r1', options)
  const peer = await t.server.connection()
  await peer.head()
  return { req, peer, socket: /** @type {any} */ (req.socket) }
}

/** Something done to the socket in the middle of an exchange. */
const done = act => async t => {
  const { req, peer, socket } = await begun(t)
  await act(socket, t, req)
  await t.seen('r1 close', 's1 close')
  await peer.ended()
}

module.exports = {
  /** @param {Stage} t */
  async 'the face of a socket in each phase' (t) {
    const req = t.send('r1')
    req.once('socket', socket => {
      t.note('assigned', face(socket))
      socket.once('connect', () => t.note('connected', face(socket)))
    })
    const peer = await t.server.connection()
    await peer.head()
    const { socket } = /** @type {any} */ (req)
    t.note('sent', face(socket))
    await peer.ok()
    await t.seen('r1 response')
    await t.seen('r1 close')
    t.note('free', face(socket))
    socket.destroy()
    t.note('destroyed', face(socket))
    await t.seen('s1 close')
  },
  /** @param {Stage} t */
  async 'what a socket can be told' (t) {
    const { peer, socket } = await begun(t)
    t.note('chained', socket.setNoDelay(true) === socket, socket.setKeepAlive(true, 500) === socket, socket.unref() === socket, socket.ref() === socket)
    await peer.ok()
    await t.seen('r1 close')
  },
  /** @param {Stage} t */
  async 'what a request tells its socket' (t) {
    const req = t.open('r1')
    req.setNoDelay(true)
    req.setSocketKeepAlive(true, 500)
    req.end()
    const peer = await t.server.connection()
    await peer.head()
    await peer.ok()
    await t.seen('r1 close')
  },
  /** @param {Stage} t */
  async 'the socket of a reply' (t) {
    const { req, peer, socket } = await begun(t)
    req.once('response', res => t.note('the same', res.socket === socket, res.connection === socket, req.connection === socket))
    await peer.ok()
    await t.seen('r1 close')
    t.note('after', req.socket === socket, /** @type {any} */ (req).res.socket === socket)
  },
  /** @param {Stage} t */
  async 'what a socket has read and written over two exchanges' (t) {
    const { req, peer } = await t.exchange('r1')
    t.note('once', req.socket?.bytesRead, req.socket?.bytesWritten)
    const { req: next } = await t.exchange('r2', peer)
    t.note('twice', next.socket?.bytesRead, next.socket?.bytesWritten)
  },
  'a socket that is destroyed': done(socket => socket.destroy()),
  'a socket that is destroyed soon': done(socket => socket.destroySoon()),
  'a socket that is reset': done(socket => socket.resetAndDestroy()),
  /** @param {Stage} t */
  async 'a socket that is ended' (t) {
    const { peer, socket } = await begun(t)
    socket.end()
    await peer.ended()
    await t.seen('s1 finish')
    await peer.ok('all the same')
    peer.fin()
    await t.seen('r1 close', 's1 close')
  },
  /** @param {Stage} t */
  async 'a free socket that is destroyed' (t) {
    const { req } = await t.exchange('r1')
    req.socket?.destroy()
    await t.seen('s1 close')
    await t.exchange('r2')
  },
  /** @param {Stage} t */
  async 'listeners left on a socket after ten exchanges' (t) {
    const { req, peer } = await t.exchange('r1')
    const count = socket => socket.eventNames().map(event => [String(event), socket.listenerCount(event)]).sort()
    const before = JSON.stringify(count(req.socket))
    for (let i = 2; i <= 10; i++) await t.exchange(`r${i}`, peer)
    t.note('as many', JSON.stringify(count(req.socket)) === before)
  },
  /** @param {Stage} t */
  async 'names under which sockets are kept' (t) {
    const { peer } = await begun(t)
    const mine = lists => Object.keys(lists)
    t.note('in use', mine(t.agent.sockets))
    await peer.ok()
    await t.seen('r1 close')
    t.note('free', mine(t.agent.freeSockets), mine(t.agent.sockets))
    t.note('name', t.agent.getName({ host: 'a.test', port: 80, localAddress: '127.0.0.1', family: 4 }))
  }
}
