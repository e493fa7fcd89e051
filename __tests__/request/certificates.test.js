'use strict'

const https = require('node:https')
const { open } = require('../support/pools')
const { serve } = require('../support/servers')

/** The code with which Node's own client fails, or its status. */
function outcomeOfNode (options) {
  return new Promise(resolve => {
    https.get({ path: '/ok', agent: false, ...options }, reply => { reply.resume(); resolve(reply.statusCode) })
      .on('error', error => resolve(error.code))
  })
}

async function outcome (url, tls) {
  try {
    return (await open(tls === undefined ? {} : { tls }).request(url)).statusCode
  } catch (error) {
    expect(error).toMatchObject({ name: 'PoolError', phase: 'tls', mayHaveBeenProcessed: false })
    return error.code
  }
}

const TRUSTED = {
  chain: { localhost: 200, '127.0.0.1': 200 },
  'self-signed': { localhost: 200, '127.0.0.1': 200 },
  'common-name': { localhost: 200, '127.0.0.1': 'ERR_TLS_CERT_ALTNAME_INVALID' },
  expired: { localhost: 'CERT_HAS_EXPIRED', '127.0.0.1': 'CERT_HAS_EXPIRED' },
  'wrong-host': { localhost: 'ERR_TLS_CERT_ALTNAME_INVALID', '127.0.0.1': 'ERR_TLS_CERT_ALTNAME_INVALID' }
}
const UNTRUSTED = {
  chain: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'self-signed': 'DEPTH_ZERO_SELF_SIGNED_CERT',
  'common-name': 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  expired: 'CERT_HAS_EXPIRED',
  'wrong-host': 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'
}

describe.each(Object.keys(TRUSTED))('a certificate of kind %s', kind => {
  const server = serve('fault-server', ['--certificate', kind])

  test.each(Object.entries(TRUSTED[kind]))('for %s is judged as Node judges it when its authority is trusted', async (host, expected) => {
    expect(await outcome(`https://${host}:${server.https}/ok`, { ca: server.ca })).toBe(expected)
    expect(await outcomeOfNode({ host, port: server.https, ca: server.ca })).toBe(expected)
  })

  test('is refused with Node\'s code when its authority is not trusted', async () => {
    expect(await outcome(`https://localhost:${server.https}/ok`)).toBe(UNTRUSTED[kind])
    expect(await outcomeOfNode({ host: 'localhost', port: server.https })).toBe(UNTRUSTED[kind])
  })

  test('is taken unseen with rejectUnauthorized: false', async () => {
    expect(await outcome(`https://localhost:${server.https}/ok`, { rejectUnauthorized: false })).toBe(200)
  })
})

describe('tls options', () => {
  const server = serve('fault-server')

  test('servername is the name that is verified', async () => {
    expect(await outcome(server.secure('/ok'), { ca: server.ca, servername: 'localhost' })).toBe(200)
    expect(await outcome(server.secure('/ok'), { ca: server.ca, servername: 'elsewhere.test' })).toBe('ERR_TLS_CERT_ALTNAME_INVALID')
  })

  test('ca may be a Buffer or a list', async () => {
    expect(await outcome(server.secure('/ok'), { ca: Buffer.from(server.ca) })).toBe(200)
    expect(await outcome(server.secure('/ok'), { ca: [server.ca] })).toBe(200)
  })

  test.each(['TLSv1.2', 'TLSv1.3'])('%s alone is spoken when it is the only version', async version => {
    expect(await outcome(server.secure('/ok'), { ca: server.ca, minVersion: version, maxVersion: version })).toBe(200)
  })

  test('two pools of different trust do not share connections', async () => {
    const trusting = open({ tls: { ca: server.ca } })
    await (await trusting.request(server.secure('/ok'))).body.text()
    expect(await outcome(server.secure('/ok'))).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE')
  })
})

describe('a port that does not speak TLS', () => {
  const server = serve('fault-server')

  test('fails in the phase of TLS, in time', async () => {
    const code = await outcome(`https://127.0.0.1:${server.http}/ok`)
    expect(typeof code).toBe('string')
  })
})
