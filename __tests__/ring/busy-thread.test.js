'use strict'

const { open } = require('../support/pools')
const { serve } = require('../support/servers')

const bench = serve('bench-server')
const fault = serve('fault-server')

test.each([[1, 20], [6, 5]])('%i requests whose heads have no end keep none of %i others from its reply', async (count, others) => {
  const pool = open()
  const flooded = Promise.all(Array.from({ length: count }, () =>
    pool.request(fault.url('/endless-1xx'), { headersTimeout: 10_000 }).then(() => 'answered', error => error.code)))
  let isOver = false
  void flooded.then(() => { isOver = true })
  for (let i = 0; i < others; i++) await (await pool.request(bench.url('/json'))).body.text()
  expect(isOver).toBe(false)
  expect(new Set(await flooded)).toEqual(new Set(['ERR_POOL_HEADERS_TIMEOUT']))
})
