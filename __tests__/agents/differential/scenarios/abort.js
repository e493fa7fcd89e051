'use strict'

/** @typedef {import('../play').Stage} Stage */

/** Where a request is when it is ended. @type {Record<string, (t: Stage, options: any) => Promise<{ req: any, peer?: any }>>} */
const PHASES = {
  async 'before its socket' (t, options) {
    return { req: t.send('r1', options) }
  },
  async 'when it has its socket' (t, options) {
    const req = t.send('r1', options)
    await new Promise(resolve => req.once('socket', resolve))
    return { req }
  },
  async 'when its head is sent' (t, options) {
    const req = t.send('r1', options)
    const peer = await t.server.connection()
    await peer.head()
    return { req, peer }
  },
  async 'in its upload' (t, options) {
    const req = t.open('r1', { ...options, method: 'POST' })
    req.write('part')
    const peer = await t.server.connection()
    await peer.read('part\r\n')
    return { req, peer }
  },
  async 'in its reply' (t, options) {
    const req = t.send('r1', options)
    const peer = await t.server.connection()
    await peer.head()
    await peer.reply(['HTTP/1.1 200 OK', 'Content-Length: 10'], 'half')
    await t.seen('r1 response')
    await new Promise(resolve => setImmediate(resolve))
    return { req, peer }
  },
  async 'after its end' (t, options) {
    const { req, peer } = await t.exchange('r1', undefined, options)
    return { req, peer }
  }
}

/** @type {Record<string, (t: Stage, phase: (t: Stage, options: any) => Promise<any>) => Promise<void>>} */
const WAYS = {
  async 'destroyed' (t, phase) {
    const { req } = await phase(t, {})
    t.note('destroyed', req.destroy() === req, req.destroyed)
  },
  async 'destroyed with an error' (t, phase) {
    const { req } = await phase(t, {})
    req.destroy(Object.assign(new Error('enough'), { code: 'ENOUGH' }))
    t.note('destroyed')
  },
  async 'ended by its signal' (t, phase) {
    const control = new AbortController()
    await phase(t, { signal: control.signal })
    control.abort()
    t.note('aborted')
  }
}

const table = Object.entries(WAYS).flatMap(([way, how]) => Object.entries(PHASES).map(([where, phase]) =>
  [`a request ${way} ${where}`, async t => {
    await how(t, phase)
    await t.seen('r1 close')
    // A dial that nobody waits for any more may go on.
    const isUsed = where !== 'after its end' && !where.endsWith('its socket')
    await Promise.all(t.server.peers.map(peer => !isUsed || peer.ended()))
  }]))

module.exports = {
  ...Object.fromEntries(table),
  /** @param {Stage} t */
  async 'a request whose signal is aborted already' (t) {
    t.send('r1', { signal: AbortSignal.abort() })
    await t.seen('r1 close')
  },
  /** @param {Stage} t */
  async 'a request that is aborted in the old way' (t) {
    const { req } = await PHASES['when its head is sent'](t, {})
    req.abort()
    req.abort()
    await t.seen('r1 close')
  },
  /** @param {Stage} t */
  async 'a request destroyed in its response listener' (t) {
    const { req, peer } = await PHASES['when its head is sent'](t, {})
    req.once('response', () => req.destroy())
    await peer.ok('unread')
    await t.seen('r1 close', 's1 close')
  },
  /** @param {Stage} t */
  async 'a reply destroyed' (t) {
    const { req } = await PHASES['in its reply'](t, {})
    req.res.destroy()
    await t.seen('r1 close', 's1 close')
  },
  /** @param {Stage} t */
  async 'a reply destroyed with an error' (t) {
    const { req } = await PHASES['in its reply'](t, {})
    req.res.destroy(new Error('enough'))
    await t.seen('r1 close', 's1 close')
  },
  /** @param {Stage} t */
  async 'a reply destroyed at its end' (t) {
    const { req, peer } = await PHASES['when its head is sent'](t, {})
    req.once('response', res => res.once('end', () => res.destroy()))
    await peer.ok()
    await t.seen('r1 close')
  }
}
