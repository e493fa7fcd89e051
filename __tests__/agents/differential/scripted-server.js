'use strict'

// A server that knows no HTTP: a scenario tells it what to say and when, and it keeps what it got, byte for byte.

const { once } = require('node:events')
const net = require('node:net')
const tls = require('node:tls')

/** What a scenario waits for comes, or the scenario fails by this. */
const WAIT_MS = 5000

/** One accepted connection. */
class Peer {
  /** Everything that came, as latin1. */
  got = ''
  /** How the other side ended it: null while it has not. @type {null | 'fin' | 'reset'} */
  end = null
  isClosed = false
  #taken = 0
  /** @type {Set<() => void>} */ #waiting = new Set()

  /**
   * @param {net.Socket} socket
   * @param {net.Socket} raw the socket below TLS
   */
  constructor (socket, raw) {
    this.socket = socket
    this.raw = raw
    socket.on('data', chunk => { this.got += chunk.toString('latin1'); this.#look() })
    socket.on('end', () => { this.end ??= 'fin'; this.#look() })
    socket.on('error', () => { this.end ??= 'reset'; this.#look() })
    socket.on('close', () => { this.isClosed = true; this.#look() })
  }

  /** Reads on until a marker, and gives what lies up to its end. @param {string} marker */
  async read (marker) {
    const at = await this.#until(() => {
      const found = this.got.indexOf(marker, this.#taken)
      return found < 0 ? undefined : found + marker.length
    }, `the bytes ${JSON.stringify(marker)}`)
    const text = this.got.slice(this.#taken, at)
    this.#taken = at
    return text
  }

  /** The head of the next request. */
  head () {
    return this.read('\r\n\r\n')
  }

  /** So many bytes more. @param {number} count */
  async bytes (count) {
    await this.#until(() => this.got.length >= this.#taken + count || undefined, `${count} bytes`)
    this.#taken += count
  }

  /** Waits for the other side's end. */
  ended () {
    return this.#until(() => this.end ?? (this.isClosed ? 'closed' : undefined), 'the end of a connection')
  }

  closed () {
    return this.#until(() => this.isClosed || undefined, 'the close of a connection')
  }

  /** @param {string | Buffer} text latin1; resolves when the kernel has it */
  send (text) {
    return new Promise((resolve, reject) => {
      this.socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text, error => error ? reject(error) : resolve(undefined))
    })
  }

  /** Says a head by its lines, and a body. @param {string[]} lines @param {string} [body] */
  reply (lines, body = '') {
    return this.send(`${lines.join('\r\n')}\r\n\r\n${body}`)
  }

  /** A whole reply with a length. @param {string} body @param {string[]} [headers] */
  ok (body = 'ok', headers = []) {
    return this.reply(['HTTP/1.1 200 OK', `Content-Length: ${body.length}`, ...headers], body)
  }

  fin () { this.socket.end() }
  reset () { this.raw.resetAndDestroy() }

  #look () {
    for (const look of [...this.#waiting]) look()
  }

  /**
   * @template T
   * @param {() => T | undefined} condition
   * @param {string} what
   * @returns {Promise<T>}
   */
  #until (condition, what) {
    return waitFor(condition, what, look => {
      this.#waiting.add(look)
      return () => this.#waiting.delete(look)
    })
  }
}

/**
 * @param {{ tls?: tls.TlsOptions, allowHalfOpen?: boolean }} [options]
 */
async function scriptedServer (options = {}) {
  /** @type {Peer[]} */ const peers = []
  // A handshake that fails gives no peer, and its connection is to be closed all the same.
  /** @type {Set<net.Socket>} */ const raw = new Set()
  /** @type {Set<() => void>} */ const waiting = new Set()
  let given = 0
  let isOver = false
  const accept = socket => {
    peers.push(new Peer(socket, [...raw].find(({ remotePort }) => remotePort === socket.remotePort) ?? socket))
    if (isOver) socket.end()
    for (const look of [...waiting]) look()
  }
  const halfOpen = { allowHalfOpen: true }
  const server = options.tls ? tls.createServer({ ...options.tls, ...halfOpen }, accept) : net.createServer(halfOpen, accept)
  // A client that refuses the certificate is what some scenarios are about.
  server.on('tlsClientError', () => {})
  server.on('connection', socket => raw.add(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    peers,
    port: /** @type {net.AddressInfo} */ (server.address()).port,
    /** The next connection that was not given out yet. @returns {Promise<Peer>} */
    async connection () {
      const mine = given++
      return waitFor(() => peers[mine], `connection ${mine + 1}`, look => {
        waiting.add(look)
        return () => waiting.delete(look)
      })
    },
    /** Ends its side of every connection, those to come too. */
    finish () {
      isOver = true
      for (const { socket } of peers) socket.end()
    },
    async close () {
      for (const socket of [...peers.map(({ socket }) => socket), ...raw]) socket.destroy()
      server.close()
      await once(server, 'close')
    }
  }
}

/**
 * @template T
 * @param {() => T | undefined} condition
 * @param {string} what
 * @param {(look: () => void) => () => void} subscribe
 * @returns {Promise<T>}
 */
function waitFor (condition, what, subscribe) {
  const now = condition()
  if (now !== undefined) return Promise.resolve(now)
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => { leave(); reject(new Error(`waited in vain for ${what}`)) }, WAIT_MS)
    const leave = subscribe(() => {
      const value = condition()
      if (value === undefined) return
      clearTimeout(late)
      leave()
      resolve(value)
    })
  })
}

module.exports = { scriptedServer, waitFor }
