'use strict'

/** @typedef {import('../play').Stage} Stage */

/** A reply with headers of its own, after which a second request shows whether the connection was kept. */
const then = (headers, options = {}, version = 'HTTP/1.1') => async t => {
  t.send('r1', options)
  const peer = await t.server.connection()
  await peer.head()
  await peer.reply([`${version} 200 OK`, 'Content-Length: 2', ...headers], 'ok')
  await t.seen('r1 close')
  await t.until(() => Object.keys(t.agent.sockets).length === 0, 'the first to be done')
  await secondRequest(t, peer)
}

/** @param {Stage} t @param {any} first */
async function secondRequest (t, first) {
  const req = t.send('r2')
  await t.seen('r2 socket')
  const peer = req.reusedSocket ? first : await t.server.connection()
  await peer.head()
  await peer.ok()
  await t.seen('r2 close')
}

/** An idle connection ends by the server; then a second request. */
const endedIdle = end => async t => {
  const { peer } = await t.exchange('r1')
  await end(peer)
  await t.until(() => t.idle() === 0, 'the end to be seen')
  const req = t.send('r2')
  const other = await t.server.connection()
  await other.head()
  await other.ok()
  await t.seen('r2 close')
  t.note('reused', req.reusedSocket)
}

/** With one connection for both: whether a dial or the connection of the first is quicker would be a matter of time. */
const madeIn = moment => ({
  agent: { maxSockets: 1 },
  /** @param {Stage} t */
  async play (t) {
    moment(t.send('r1'), () => t.send('r2'))
    const peer = await t.server.connection()
    await peer.head()
    await peer.ok()
    await peer.head()
    await peer.ok()
    await t.seen('r1 close', 'r2 close')
  }
})

module.exports = {
  'a second request takes the connection of the first': then([]),
  'Connection: close by the reply': then(['Connection: close']),
  'Connection: close by the request': then([], { headers: { Connection: 'close' } }),
  'Connection: keep-alive by both': then(['Connection: keep-alive'], { headers: { Connection: 'keep-alive' } }),
  'a reply of HTTP/1.0': then([], {}, 'HTTP/1.0'),
  'a reply of HTTP/1.0 that is kept': then(['Connection: keep-alive'], {}, 'HTTP/1.0'),
  'a hint of 5 seconds': then(['Keep-Alive: timeout=5']),
  'a hint of 1 second': then(['Keep-Alive: timeout=1']),
  'a hint of no time': then(['Keep-Alive: timeout=0']),
  'a hint with a maximum': then(['Keep-Alive: timeout=20, max=100']),
  'an agent that keeps nothing': { play: then([]), agent: { keepAlive: false }, nodes: { maxSockets: Infinity } },
  'an agent that keeps nothing, with a limit': { play: then([]), agent: { keepAlive: false } },
  'no free sockets kept': { play: then([]), agent: { maxFreeSockets: 0 } },
  'an idle connection that the server closes': endedIdle(peer => peer.fin()),
  'an idle connection that the server resets': endedIdle(peer => peer.reset()),
  /** @param {Stage} t */
  async 'a reply on an idle connection that nobody asked for' (t) {
    const { peer } = await t.exchange('r1')
    await peer.reply(['HTTP/1.1 408 Request Timeout', 'Content-Length: 0'])
    t.send('r2')
    const other = await t.either(peer)
    // Whoever takes the bytes for its reply is done by now.
    if (other !== peer) await other.ok()
    await t.seen('r2 close')
  },
  /** @param {Stage} t */
  async 'ten requests one after the other' (t) {
    const { peer } = await t.exchange('r1')
    for (let i = 2; i <= 10; i++) await t.exchange(`r${i}`, peer)
  },
  'a request made in the end of the one before': madeIn((first, then) => first.once('response', res => res.once('end', then))),
  'a request made in the close of the one before': madeIn((first, then) => first.once('close', then)),
  /** @param {Stage} t */
  async 'a reused connection that dies before the reply to a POST' (t) {
    const { peer } = await t.exchange('r1')
    t.send('r2', { method: 'POST' }, { body: 'x' })
    await peer.head()
    await peer.bytes(1)
    peer.reset()
    await t.seen('r2 close', 's1 close')
  },
  /** @param {Stage} t */
  async 'an agent destroyed with an idle connection' (t) {
    const { peer } = await t.exchange('r1')
    t.agent.destroy()
    await t.seen('s1 close')
    t.note('destroyed once')
    peer.fin()
  },
  /** @param {Stage} t */
  async 'an agent destroyed with a request in flight' (t) {
    t.send('r1')
    const peer = await t.server.connection()
    await peer.head()
    t.agent.destroy()
    await t.seen('r1 close', 's1 close')
    await peer.ended()
  },
  /** @param {Stage} t */
  async 'a request after the agent was destroyed' (t) {
    await t.exchange('r1')
    t.agent.destroy()
    await t.seen('s1 close')
    await t.exchange('r2')
  }
}
