'use strict'

/** @typedef {import('../play').Stage} Stage */

/** Listeners that throw; what goes on, and whether the connection is used again, is Node's to say. */
const thrower = (name, choose) => [`a throw ${name}`, async t => {
  const req = t.send('r1')
  choose(req, () => { throw new Error(`thrown ${name}`) })
  const peer = await t.server.connection()
  await peer.head()
  await peer.ok('hello')
  await t.seen('note uncaught')
  await new Promise(resolve => setImmediate(resolve))
  const next = t.send('r2')
  await t.seen('r2 socket')
  const other = next.reusedSocket ? peer : await t.server.connection()
  await other.head()
  await other.ok()
  await t.seen('r2 close')
}]

module.exports = Object.fromEntries([
  ['a throw in the socket listener', async t => {
    const req = t.send('r1')
    req.once('socket', () => { throw new Error('thrown in the socket listener') })
    await t.seen('note uncaught', 's1 connect')
    req.destroy()
    await t.seen('r1 close')
  }],
  // Whether the reply is heard after it is not Node's to say, who hangs.
  ['a throw in the finish listener', async t => {
    const req = t.send('r1')
    req.once('finish', () => { throw new Error('thrown in the finish listener') })
    const peer = await t.server.connection()
    await peer.head()
    await t.seen('note uncaught')
    req.destroy()
    await t.seen('r1 close', 's1 close')
    await peer.ended()
  }],
  thrower('in the response listener', (req, fail) => req.once('response', fail)),
  thrower('in the data listener', (req, fail) => req.once('response', res => res.once('data', fail))),
  thrower('in the end listener', (req, fail) => req.once('response', res => res.once('end', fail))),
  thrower('in the close listener', (req, fail) => req.once('close', fail))
])
