'use strict'

const { open } = require('../support/pools')
const { serve } = require('../support/servers')

const server = serve('bench-server')

test('pieces of a body that come while JavaScript reads the piece before lose nothing', async () => {
  const pool = open()
  for (let round = 0; round < 300; round++) {
    expect(await (await pool.request(server.url('/trailers'))).body.text()).toBe('abcdefgh')
    expect((await (await pool.request(server.url('/bytes?n=150000&chunked=1'))).body.bytes()).length).toBe(150_000)
  }
})
