'use strict'

const http = require('node:http')
const net = require('node:net')
const { httpServer, left } = require('../support/servers')

/**
 * An HTTP proxy that keeps to the letter and remembers what it was asked. What is not in absolute form and no CONNECT it
 * answers with 400.
 * @param {{ credentials?: string, stands?: (listener: any) => Promise<{ server: any, port: number }> }} [how] `credentials`: the
 *   only `user:password` that it lets through; `stands`: how it listens
 * @returns {Promise<{ port: number, url: string, asked: Array<{ method: string, target: string, headers: http.IncomingHttpHeaders, connection: number }>, connections: () => number, credentialsOf: (index: number) => string | null }>}
 */
async function scriptedProxy ({ credentials, stands = httpServer } = {}) {
  const agent = new http.Agent({ keepAlive: true })
  left.push(() => agent.destroy())
  const asked = []
  const ids = new Map()
  const note = (request) => {
    const { method, url: target, headers, socket } = request
    if (!ids.has(socket)) ids.set(socket, ids.size)
    asked.push({ method, target, headers, connection: ids.get(socket) })
    return credentials === undefined || decoded(headers['proxy-authorization']) === credentials
  }
  const { server, port } = await stands((request, reply) => {
    if (!note(request)) return void reply.writeHead(407, { 'proxy-authenticate': 'Basic realm="x"' }).end()
    if (!request.url.startsWith('http://')) return void reply.writeHead(400).end()
    forward(request, reply, agent)
  })
  let connections = 0
  server.on('connection', () => { connections++ })
  server.on('connect', (request, socket, head) => {
    socket.on('error', () => {})
    if (!note(request)) return socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n')
    const { hostname, port: to } = new URL(`http://${request.url}`)
    // Whatever the name, the origins of tests are here.
    const onward = net.connect(Number(to || 80), hostname.startsWith('[') ? '::1' : '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      onward.write(head)
      onward.pipe(socket).pipe(onward)
    })
    left.push(() => { socket.destroy(); onward.destroy() })
    onward.on('error', () => socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'))
    socket.on('close', () => onward.destroy())
    onward.on('close', () => socket.destroy())
  })
  return { port, url: `http://127.0.0.1:${port}`, asked, connections: () => connections, credentialsOf: index => decoded(asked[index].headers['proxy-authorization']) }
}

/**
 * @param {http.IncomingMessage} request
 * @param {http.ServerResponse} reply
 * @param {http.Agent} agent
 */
function forward (request, reply, agent) {
  const url = new URL(/** @type {string} */ (request.url))
  const { 'proxy-authorization': _, ...headers } = request.headers
  const onward = http.request({ agent, host: '127.0.0.1', port: url.port, method: request.method, path: url.pathname + url.search, headers }, answer => {
    reply.writeHead(/** @type {number} */ (answer.statusCode), answer.headers)
    answer.pipe(reply)
  })
  onward.on('error', () => { reply.writeHead(502).end() })
  request.pipe(onward)
}

/** @param {string | undefined} field */
function decoded (field) {
  return field === undefined ? null : Buffer.from(field.replace(/^Basic /, ''), 'base64').toString()
}

module.exports = { scriptedProxy }
