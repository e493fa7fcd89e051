'use strict'

const { once } = require('node:events')
const http = require('node:http')
const http2 = require('node:http2')
const https = require('node:https')
const selfsigned = require('selfsigned')
const { Pace } = require('./pace')

/**
 * Servers that take uploads at a rate and answer `{bytes}`, over each protocol.
 * @param {number} bytesPerSecond
 */
async function slowServers (bytesPerSecond) {
  const { private: key, cert } = await selfsigned.generate([{ name: 'commonName', value: 'localhost' }], { keySize: 2048, algorithm: 'sha256' })
  const take = async (/** @type {any} */ request, /** @type {any} */ reply) => {
    const pace = new Pace(bytesPerSecond)
    for await (const chunk of request) await pace.take(chunk.length)
    reply.end(JSON.stringify({ bytes: pace.taken }))
  }
  const taken = (/** @type {any} */ request, /** @type {any} */ reply) => { take(request, reply).catch(error => reply.destroy(error)) }
  const servers = {
    clear: http.createServer({ requestTimeout: 0 }, taken),
    tls: https.createServer({ key, cert, requestTimeout: 0 }, taken),
    h2: http2.createSecureServer({ key, cert }, taken)
  }
  await Promise.all(Object.values(servers).map(server => once(server.listen(0, '127.0.0.1'), 'listening')))
  const port = (/** @type {import('node:net').Server} */ server) => /** @type {import('node:net').AddressInfo} */ (server.address()).port
  return {
    ca: cert,
    origins: { clear: `http://127.0.0.1:${port(servers.clear)}`, tls: `https://localhost:${port(servers.tls)}`, h2: `https://localhost:${port(servers.h2)}` },
    close: () => Promise.all(Object.values(servers).map(server => {
      const closed = once(server, 'close')
      server.close()
      return closed
    }))
  }
}

module.exports = { slowServers }
