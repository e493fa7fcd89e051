'use strict'

const { once } = require('node:events')
const http = require('node:http')
const http2 = require('node:http2')
const https = require('node:https')
const net = require('node:net')
const { launch } = require('../servers/launch')

/**
 * A server of the given name for all tests of a file.
 * @param {'bench-server' | 'fault-server'} name
 * @param {string[]} [flags]
 * @returns {import('../servers/launch').Server & { url (path?: string): string, secure (path?: string): string }} filled in before the first test
 */
function serve (name, flags) {
  const server = /** @type {any} */ ({
    url: (path = '/') => `http://127.0.0.1:${server.http}${path}`,
    secure: (path = '/') => `https://127.0.0.1:${server.https}${path}`
  })
  beforeAll(async () => { Object.assign(server, await launch(name, flags)) })
  afterAll(() => server.stop?.())
  return server
}

/** What is to be closed after each test. @type {Array<() => unknown>} */
const left = []

afterEach(async () => {
  for (const close of left.splice(0)) await close()
})

/**
 * A server of Node's own for one test.
 * @param {(request: http.IncomingMessage, reply: http.ServerResponse) => void | Promise<void>} listener
 * @returns {Promise<{ server: http.Server, url: string, port: number }>} without a slash at the url's end
 */
async function httpServer (listener) {
  const server = http.createServer((request, reply) => { void listener(request, reply) })
  return { server, ...await listening(server, () => server.closeAllConnections()) }
}

/**
 * A server of Node's own over TLS, for one test.
 * @param {import('node:https').ServerOptions} options
 * @param {(request: http.IncomingMessage, reply: http.ServerResponse) => void} listener
 * @returns {Promise<{ server: import('node:https').Server, url: string, port: number }>} at `https://localhost:port`
 */
async function httpsServer (options, listener) {
  const server = https.createServer(options, listener)
  server.on('tlsClientError', () => {})
  const { port } = await listening(server, () => server.closeAllConnections())
  return { server, port, url: `https://localhost:${port}` }
}

/**
 * A server of Node's own that speaks HTTP/2 over TLS, for one test.
 * @param {import('node:http2').SecureServerOptions} options
 * @param {(request: import('node:http2').Http2ServerRequest, reply: import('node:http2').Http2ServerResponse) => void} listener
 * @returns {Promise<{ server: import('node:http2').Http2SecureServer, url: string, port: number, sessions: import('node:http2').ServerHttp2Session[] }>} at `https://localhost:port`
 */
async function http2Server (options, listener) {
  const server = http2.createSecureServer(options, listener)
  /** @type {import('node:http2').ServerHttp2Session[]} */
  const sessions = []
  server.on('session', session => {
    session.on('error', () => {})
    sessions.push(session)
  })
  // A connection that has not come to be a session yet is one of the server's all the same.
  const sockets = new Set()
  server.on('connection', socket => sockets.add(socket.on('error', () => {})))
  server.on('tlsClientError', () => {})
  const { port } = await listening(server, () => sockets.forEach(socket => socket.destroy()))
  return { server, port, sessions, url: `https://localhost:${port}` }
}

/**
 * A server of bare sockets for one test: what a client does and no HTTP server can show.
 * @param {(socket: net.Socket) => void} listener
 * @returns {Promise<{ server: net.Server, url: string, port: number, sockets: Set<net.Socket> }>}
 */
async function tcpServer (listener) {
  const sockets = new Set()
  const server = net.createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    listener(socket)
  })
  return { server, sockets, ...await listening(server, () => sockets.forEach(socket => socket.destroy())) }
}

/**
 * @param {net.Server} server
 * @param {() => void} cut
 */
async function listening (server, cut) {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  left.push(async () => {
    cut()
    if (!server.listening) return
    server.close()
    await once(server, 'close')
  })
  const { port } = /** @type {net.AddressInfo} */ (server.address())
  return { port, url: `http://127.0.0.1:${port}` }
}

/** A port that nobody listens on. */
async function closedPort () {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = /** @type {net.AddressInfo} */ (server.address())
  server.close()
  await once(server, 'close')
  return port
}

/** The whole body of a request, as a server of Node's reads it. */
async function bodyOf (message) {
  const chunks = []
  for await (const chunk of message) chunks.push(chunk)
  return Buffer.concat(chunks)
}

module.exports = { serve, httpServer, httpsServer, http2Server, tcpServer, closedPort, bodyOf, left }
