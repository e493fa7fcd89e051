'use strict'

const https = require('node:https')
const net = require('node:net')
const { once } = require('node:events')

/** @typedef {import('../play').Stage} Stage */

/** Over TLS, with the server's options and the agent's. */
const secure = (play, options = {}, trust) => ({ play, tls: options, ...(trust && { trust }) })

/** A request that goes well. */
const went = (options = {}, look = (_socket, _t) => {}) => async t => {
  const { req } = await t.exchange('r1', undefined, options)
  look(req.socket, t)
}

/** A request that ends in an error. */
const failed = (options = {}) => async t => {
  t.send('r1', options)
  await t.seen('r1 close', 's1 close')
}

/** A server of TLS that is none. */
const notTls = treat => async t => {
  const server = net.createServer(socket => { socket.on('error', () => {}); treat(socket) }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.server.port = /** @type {net.AddressInfo} */ (server.address()).port
  t.send('r1', { port: t.server.port })
  await t.seen('r1 close', 's1 close')
  server.close()
  await once(server, 'close')
}

module.exports = {
  'a request over TLS': secure(went()),
  'a POST over TLS': secure(async t => {
    t.send('r1', { method: 'POST' }, { body: 'payload' })
    const peer = await t.server.connection()
    await peer.head()
    await peer.bytes(7)
    await peer.ok()
    await t.seen('r1 close')
  }),
  'a second request over TLS takes the connection of the first': secure(async t => {
    const { peer } = await t.exchange('r1')
    await t.exchange('r2', peer)
  }),
  'the face of a TLS socket': secure(went({}, (socket, t) => {
    const { encrypted, authorized, authorizationError, alpnProtocol, servername } = socket
    t.note('face', { encrypted, authorized, authorizationError, alpnProtocol, servername })
    t.note('session', socket.getProtocol(), socket.isSessionReused())
  })),
  'the cipher of a TLS 1.2 socket': secure(went({}, (socket, t) => t.note('cipher', socket.getCipher(), socket.getProtocol())), { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' }),
  'the cipher of a TLS 1.3 socket': secure(went({}, (socket, t) => t.note('cipher', socket.getCipher())), { minVersion: 'TLSv1.3', ciphers: 'TLS_AES_128_GCM_SHA256' }),
  'the certificate of the server': secure(went({}, (socket, t) => {
    const { raw, pubkey, ...told } = socket.getPeerCertificate()
    t.note('certificate', told, raw.length, pubkey.length)
    t.note('as X509', socket.getPeerX509Certificate().fingerprint256 === told.fingerprint256)
    t.note('chain', socket.getPeerCertificate(true).issuerCertificate?.subject?.CN)
  })),
  'the protocol that a server offers': secure(went({}, (socket, t) => t.note('alpn', socket.alpnProtocol)), { ALPNProtocols: ['http/1.1'] }),
  'an authority that nobody knows': secure(failed(), {}, {}),
  'an authority that nobody knows, taken all the same': secure(went({}, (socket, t) => t.note('authorized', socket.authorized, socket.authorizationError)), {}, { rejectUnauthorized: false }),
  'a name that the certificate does not have': secure(failed({ host: '127.0.0.1' })),
  'a servername': secure(went({ host: '127.0.0.1', servername: 'localhost' }, (socket, t) => t.note('servername', socket.servername, socket.authorized))),
  'a servername that the certificate does not have': secure(failed({ servername: 'elsewhere.test' })),
  'a request that trusts what its agent does not': secure(went({ rejectUnauthorized: false }, (socket, t) => t.note('authorized', socket.authorized)), {}, {}),
  'a request with a checkServerIdentity of its own': secure(failed({ checkServerIdentity: () => Object.assign(new Error('not you'), { code: 'ENOTYOU' }) })),
  'a request with a version of its own': secure(went({ maxVersion: 'TLSv1.2' }, (socket, t) => t.note('protocol', socket.getProtocol()))),
  'the end of a TLS connection before the reply': secure(async t => {
    t.send('r1')
    const peer = await t.server.connection()
    await peer.head()
    peer.fin()
    await t.seen('r1 close', 's1 close')
  }),
  'a reset of a TLS connection before the reply': secure(async t => {
    t.send('r1')
    const peer = await t.server.connection()
    await peer.head()
    peer.reset()
    await t.seen('r1 close', 's1 close')
  }),
  'a TLS request destroyed in its reply': secure(async t => {
    const req = t.send('r1')
    const peer = await t.server.connection()
    await peer.head()
    await peer.reply(['HTTP/1.1 200 OK', 'Content-Length: 10'], 'half')
    await t.seen('r1 response')
    req.destroy()
    await t.seen('r1 close', 's1 close')
    await peer.ended()
  }),
  'a TLS request destroyed in the handshake': secure(async t => {
    const req = t.send('r1')
    await new Promise(resolve => req.once('socket', resolve))
    req.destroy()
    await t.seen('r1 close', 's1 close')
  }),
  'a server that answers a handshake in clear': secure(notTls(socket => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')))),
  'a server that ends a handshake': secure(notTls(socket => socket.once('data', () => socket.end()))),
  'a server that resets a handshake': secure(notTls(socket => socket.once('data', () => socket.resetAndDestroy()))),
  'an http: URL for an https agent': secure(async t => {
    try { https.request('http://localhost/', { agent: t.agent }) } catch (error) { t.note('thrown', error.name, error.code, error.message) }
  })
}
