'use strict'

const { open } = require('../support/pools')
const { rejection } = require('../support/awaiting')
const { tcpServer } = require('../support/servers')

test('timeout bounds a write that the peer does not take', async () => {
  const { url } = await tcpServer(socket => socket.pause())
  const error = await rejection(open({ timeout: 60 }).request(url, { method: 'POST', body: Buffer.alloc(20_000_000) }))
  expect(error).toMatchObject({ code: 'ERR_POOL_WRITE_TIMEOUT', phase: 'head' })
})
