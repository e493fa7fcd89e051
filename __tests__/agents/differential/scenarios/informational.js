'use strict'

/** @typedef {import('../play').Stage} Stage */

const UPGRADE = { headers: { Connection: 'Upgrade', Upgrade: 'echo' } }
const SWITCH = ['HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: echo']

/** @param {Stage} t @param {any} [options] @param {any} [watching] */
async function asked (t, options, watching) {
  const req = t.send('r1', options, watching)
  const peer = await t.server.connection()
  await peer.head()
  return { req, peer }
}

/** Informational heads, then the reply. */
const informed = (...heads) => async t => {
  const { peer } = await asked(t)
  for (const head of heads) {
    await peer.reply(head)
    await t.seen('r1 information')
  }
  await peer.ok()
  await t.seen('r1 close')
  await t.exchange('r2', peer)
}

/** Says something on a socket that has become the scenario's, and ends it. */
async function spoken (t, socket, peer) {
  socket.on('data', chunk => t.note('heard', String(chunk)))
  await new Promise(resolve => socket.write('there', resolve))
  await peer.read('there')
  await peer.send('back')
  await t.seen('note heard')
  socket.end()
  await peer.ended()
  peer.fin()
  await t.seen('s1 close')
}

module.exports = {
  /** @param {Stage} t */
  async '100 that was asked for' (t) {
    const req = t.open('r1', { method: 'POST', headers: { Expect: '100-continue', 'Content-Length': 4 } })
    const peer = await t.server.connection()
    await peer.head()
    await peer.reply(['HTTP/1.1 100 Continue'])
    await t.seen('r1 continue')
    req.end('body')
    await peer.bytes(4)
    await peer.ok()
    await t.seen('r1 close')
  },
  /** @param {Stage} t */
  async '100 that was refused' (t) {
    const req = t.open('r1', { method: 'POST', headers: { Expect: '100-continue', 'Content-Length': 4 } })
    const peer = await t.server.connection()
    await peer.head()
    await peer.reply(['HTTP/1.1 417 Expectation Failed', 'Content-Length: 0'])
    await t.seen('r1.res end')
    req.destroy()
    await t.seen('r1 close', 's1 close')
  },
  '100 that nobody asked for': informed(['HTTP/1.1 100 Continue']),
  '102 before the reply': informed(['HTTP/1.1 102 Processing']),
  '103 with a link': informed(['HTTP/1.1 103 Early Hints', 'Link: </a.css>; rel=preload']),
  'several informational heads': informed(['HTTP/1.1 103 Early Hints', 'Link: </a>'], ['HTTP/1.1 102 Processing'], ['HTTP/1.1 103 Early Hints', 'X: y']),
  /** @param {Stage} t */
  async 'an upgrade that is accepted' (t) {
    const { req, peer } = await asked(t, UPGRADE)
    const upgraded = new Promise(resolve => req.once('upgrade', (_, socket) => resolve(socket)))
    await peer.reply(SWITCH)
    await spoken(t, await upgraded, peer)
  },
  /** @param {Stage} t */
  async 'an upgrade whose first bytes come with the head' (t) {
    const { req, peer } = await asked(t, UPGRADE)
    const upgraded = new Promise(resolve => req.once('upgrade', (_, socket) => resolve(socket)))
    await peer.reply(SWITCH, 'first bytes')
    await spoken(t, await upgraded, peer)
  },
  /** @param {Stage} t */
  async 'an upgrade that nobody listens for' (t) {
    const { peer } = await asked(t, UPGRADE, { unheard: ['upgrade'] })
    await peer.reply(SWITCH)
    await t.seen('r1 close', 's1 close')
  },
  /** @param {Stage} t */
  async 'an upgrade that is refused' (t) {
    const { peer } = await asked(t, UPGRADE)
    await peer.ok('no')
    await t.seen('r1 close')
  },
  /** @param {Stage} t */
  async '101 that nobody asked for' (t) {
    const { req, peer } = await asked(t)
    req.once('upgrade', (_, socket) => socket.destroy())
    await peer.reply(SWITCH)
    await t.seen('r1 close', 's1 close')
  },
  /** @param {Stage} t */
  async 'CONNECT that is accepted' (t) {
    const { req, peer } = await asked(t, { method: 'CONNECT', path: 'a.test:443' })
    const connected = new Promise(resolve => req.once('connect', (_, socket) => resolve(socket)))
    await peer.reply(['HTTP/1.1 200 Connection Established'])
    await spoken(t, await connected, peer)
  },
  /** @param {Stage} t */
  async 'CONNECT whose first bytes come with the head' (t) {
    const { req, peer } = await asked(t, { method: 'CONNECT', path: 'a.test:443' })
    const connected = new Promise(resolve => req.once('connect', (_, socket) => resolve(socket)))
    await peer.reply(['HTTP/1.1 200 OK'], 'at once')
    await spoken(t, await connected, peer)
  },
  /** @param {Stage} t */
  async 'CONNECT that is refused' (t) {
    const { req, peer } = await asked(t, { method: 'CONNECT', path: 'a.test:443' })
    req.once('connect', (_, socket) => socket.destroy())
    await peer.reply(['HTTP/1.1 407 Proxy Authentication Required', 'Content-Length: 0'])
    await t.seen('r1 connect', 's1 close')
  },
  /** @param {Stage} t */
  async 'CONNECT that nobody listens for' (t) {
    const { peer } = await asked(t, { method: 'CONNECT', path: 'a.test:443' }, { unheard: ['connect'] })
    await peer.reply(['HTTP/1.1 200 OK'])
    await t.seen('r1 close', 's1 close')
  }
}
