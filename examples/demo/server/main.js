'use strict'

// A process of its own, so that what the demo measures is the client. It ends with its parent.

const https = require('node:https')
const { generate } = require('selfsigned')
const { createHandler } = require('./handler')
const { realistic } = require('./latency')

const HOST = '127.0.0.1'

// Ctrl-C reaches every process of the terminal; the parent decides when this one ends.
process.on('SIGINT', () => {})
process.on('disconnect', () => process.exit())

start().catch(error => {
  console.error(error)
  process.exit(1)
})

async function start () {
  const apiKey = process.env.DEMO_API_KEY ?? ''
  const { private: key, cert } = await generate([{ name: 'commonName', value: HOST }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip: HOST }] }
    ]
  })
  const server = https.createServer({ key, cert }, createHandler({ apiKey, latency: realistic }))
  const census = { connections: 0, handshakes: 0 }
  server.on('connection', () => { census.connections++ })
  server.on('secureConnection', () => { census.handshakes++ })
  process.on('message', () => process.send?.(census))
  server.listen(0, HOST, () => {
    const address = server.address()
    if (typeof address === 'object' && address) process.send?.({ port: address.port, certificate: cert })
  })
}
