'use strict'

const { rejection } = require('../support/awaiting')
const { open } = require('../support/pools')
const { serve } = require('../support/servers')

describe.each(['chain', 'self-signed', 'expired', 'wrong-host'])('a certificate of the kind %s', kind => {
  const server = serve('bench-server', ['--certificate', kind])

  test("that is not trusted fails with the code of the platform's fetch", async () => {
    const url = `https://localhost:${server.https1}/json`
    const [theirs, ours] = await Promise.all([fetch(url), open().fetch(url)].map(rejection))
    expect([ours.name, ours.message, ours.cause.code]).toEqual([theirs.name, theirs.message, theirs.cause.code])
  })
})

describe('a certificate that the pool trusts', () => {
  const server = serve('bench-server')

  test('is taken', async () => {
    const response = await open({ tls: { ca: server.ca } }).fetch(`https://localhost:${server.https1}/json`)
    expect((await response.text()).length).toBe(200)
  })
})
