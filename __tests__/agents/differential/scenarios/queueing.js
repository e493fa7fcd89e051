'use strict'

/** @typedef {import('../play').Stage} Stage */

const ONE = { maxSockets: 1 }
/** Over TLS a dial takes turns of the loop, so that what ended before it has closed. */
const LATER = { agent: ONE, tls: true }

module.exports = {
  'three requests over one connection': {
    agent: ONE,
    /** @param {Stage} t */
    async play (t) {
      for (const path of ['1', '2', '3']) t.send(`r${path}`, { path: `/${path}` })
      t.note('made')
      const peer = await t.server.connection()
      for (const name of ['r1', 'r2', 'r3']) {
        await peer.head()
        await peer.ok()
        await t.seen(`${name} close`)
      }
    }
  },
  'one that waits while the first closes its connection': {
    ...LATER,
    /** @param {Stage} t */
    async play (t) {
      for (const name of ['r1', 'r2']) t.send(name)
      const first = await t.server.connection()
      await first.head()
      await first.ok('ok', ['Connection: close'])
      const second = await t.server.connection()
      await second.head()
      await second.ok()
      await t.seen('r1 close', 'r2 close')
    }
  },
  'one that waits while the first closes its connection, and hears of its own': { play: heard, agent: ONE },
  'one that waits while the first closes its connection, and hears of its own over TLS': { play: heard, ...LATER },
  'one that waits while the first fails': {
    ...LATER,
    /** @param {Stage} t */
    async play (t) {
      for (const name of ['r1', 'r2']) t.send(name)
      const first = await t.server.connection()
      await first.head()
      first.reset()
      const second = await t.server.connection()
      await second.head()
      await second.ok()
      await t.seen('r1 close', 'r2 close')
    }
  },
  'one that is destroyed while it waits': {
    agent: ONE,
    /** @param {Stage} t */
    async play (t) {
      const [, second] = ['r1', 'r2', 'r3'].map(name => t.send(name))
      const peer = await t.server.connection()
      await peer.head()
      second?.destroy()
      t.note('destroyed')
      await peer.ok()
      await t.seen('r1 close', 'r2 close')
      await peer.head()
      await peer.ok()
      await t.seen('r3 close')
    }
  },
  'one that is aborted by its signal while it waits': {
    agent: ONE,
    /** @param {Stage} t */
    async play (t) {
      const control = new AbortController()
      t.send('r1')
      t.send('r2', { signal: control.signal })
      const peer = await t.server.connection()
      await peer.head()
      control.abort()
      t.note('aborted')
      await peer.ok()
      await t.seen('r1 close', 'r2 close')
    }
  },
  'the first destroyed while another waits': {
    ...LATER,
    /** @param {Stage} t */
    async play (t) {
      const [first] = ['r1', 'r2'].map(name => t.send(name))
      const peer = await t.server.connection()
      await peer.head()
      first?.destroy()
      const other = await t.server.connection()
      await other.head()
      await other.ok()
      await t.seen('r1 close', 'r2 close')
    }
  },
  'the last taken of two idle connections': { play: twice, agent: { scheduling: 'lifo' } },
  'the first taken of two idle connections': { play: twice, agent: { scheduling: 'fifo' } },
  'one free socket kept of two': { play: twice, agent: { maxFreeSockets: 1 } },
  'an agent destroyed while requests wait': {
    ...LATER,
    /** @param {Stage} t */
    async play (t) {
      const [, second] = ['r1', 'r2'].map(name => t.send(name))
      const peer = await t.server.connection()
      await peer.head()
      t.agent.destroy()
      await t.seen('r1 close', 's1 close')
      const other = await t.server.connection()
      await other.head()
      await other.ok()
      await t.seen('r2 close')
      t.note('reused', second?.reusedSocket)
    }
  },
  /** @param {Stage} t */
  async 'two requests to two origins of one name' (t) {
    t.send('r1', { path: '/1' })
    const one = await t.server.connection()
    await one.head()
    t.send('r2', { path: '/2', host: 'localhost', family: 4 })
    const two = await t.server.connection()
    await two.head()
    await one.ok()
    await t.seen('r1 close')
    await two.ok()
    await t.seen('r2 close')
  }
}

/** What one that has waited hears of the connection that is made for it. @param {Stage} t */
async function heard (t) {
  const [, second] = ['r1', 'r2'].map(name => t.send(name))
  const events = []
  second?.once('socket', socket => {
    for (const event of ['connect', 'ready', 'secureConnect']) socket.on(event, () => events.push([event, socket.connecting, second.writableFinished]))
    events.push(['socket', socket.connecting, second.writableFinished])
  })
  const first = await t.server.connection()
  await first.head()
  await first.ok('ok', ['Connection: close'])
  const peer = await t.server.connection()
  await peer.head()
  await peer.ok()
  await t.seen('r1 close', 's1 close', 'r2 close')
  await t.until(() => t.idle() === 1, 'its connection to be idle')
  t.note('heard', events, second?.reusedSocket)
}

/** Two at once, one after the other given back, then a third. @param {Stage} t */
async function twice (t) {
  t.send('r1', { path: '/1' })
  const one = await t.server.connection()
  await one.head()
  t.send('r2', { path: '/2' })
  const two = await t.server.connection()
  await two.head()
  await one.ok()
  await t.seen('r1 close')
  await two.ok()
  await t.seen('r2 close')
  const third = t.send('r3', { path: '/3' })
  await t.seen('r3 socket', 'r3 finish')
  t.note('taken', third.reusedSocket)
  const peer = await Promise.race([one, two].map(async peer => { await peer.head(); return peer }))
  t.note('it was the first', peer === one)
  await peer.ok()
  await t.seen('r3 close')
}
