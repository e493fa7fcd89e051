'use strict'

// A process of its own with a server of HTTP/2 whose peers write frame by frame: they answer some requests, and play the rows of
// `faults/h2-rows` to the others. Sends `{port, ca}` when it listens, and for each message `{open}`: connections.

const { once } = require('node:events')
const tls = require('node:tls')
const selfsigned = require('selfsigned')
const { h2 } = require('../faults/h2-rows')
const frames = require('../support/peer')
const { Dice } = require('./dice')

/** The share of requests that are answered as they should be. */
const ANSWERED = 0.5
/** Frames of one type in a row, of which the rows' floods have more than a mixed load leaves time for. */
const FLOOD = 2000

const dice = new Dice(Number(process.argv[2]))

/** One whose floods are short. */
class BriefPeer extends frames.Peer {
  #type = ''
  #row = 0

  /** @param {string} type @param {number} flags @param {number} stream @param {Buffer} [payload] @override */
  send (type, flags, stream, payload) {
    this.#row = type === this.#type ? this.#row + 1 : 1
    this.#type = type
    return this.#row > FLOOD || this.socket.destroyed ? this : super.send(type, flags, stream, payload)
  }
}

/** @param {BriefPeer} peer */
async function speak (peer) {
  peer.settings([3, dice.pick([1, 10, 100])]).acknowledge()
  for (;;) {
    const stream = await peer.request()
    if (dice.chance(ANSWERED)) peer.answer(stream)
    else dice.pick(h2).act(peer, stream, frames)
  }
}

async function serve () {
  const { private: key, cert } = await selfsigned.generate([{ name: 'commonName', value: 'localhost' }], { keySize: 2048, algorithm: 'sha256' })
  const server = tls.createServer({ key, cert, ALPNProtocols: ['h2'] }, socket => {
    socket.on('error', () => {})
    // It ends with its connection.
    speak(new BriefPeer(socket, [])).catch(() => {})
  })
  server.on('tlsClientError', () => {})
  await once(server.listen(0, '127.0.0.1'), 'listening')
  process.on('message', () => server.getConnections((_, open) => process.send?.({ open })))
  process.once('disconnect', () => process.exit())
  process.send?.({ port: /** @type {import('node:net').AddressInfo} */ (server.address()).port, ca: cert })
}

serve().catch(error => {
  console.error(error)
  process.exit(1)
})
