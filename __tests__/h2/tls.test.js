'use strict'

// What TLS says after the handshake fails the requests of an HTTP/2 connection in its own words, as those of any other.

const { Workshop } = require('../support/certificates')
const { rejection } = require('../support/awaiting')
const { open } = require('../support/pools')
const { http2Server } = require('../support/servers')

const workshop = new Workshop()
const identity = workshop.issue('localhost')
const tls = { ca: workshop.root.cert }

test('a server that wants a certificate after its handshake is told of by the code that Node has for it', async () => {
  const { url } = await http2Server({ ...identity, ...tls, requestCert: true, rejectUnauthorized: true })
  expect(await rejection(open({ tls }).request(url))).toMatchObject({ code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', phase: 'head' })
})

test.each(['head', 'body'])('so is what makes no sense under TLS, in the %s of a reply', async phase => {
  const spoil = () => raw.write(Buffer.from([23, 3, 3, 0, 17, ...Buffer.alloc(17)]))
  const { server, url } = await http2Server(identity, (_, reply) => {
    if (phase === 'body') reply.write('x')
    else spoil()
  })
  /** @type {import('node:net').Socket} */
  let raw
  server.on('connection', socket => { raw = socket })
  const asked = open({ tls }).request(url)
  // Not before the head is there: read together with what follows, it would be lost with that.
  const read = asked.then(({ body }) => {
    spoil()
    return body.text()
  })
  expect(await rejection(read)).toMatchObject({ code: 'ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC', phase })
})
