'use strict'

const { gzipSync } = require('node:zlib')
const { open } = require('../support/pools')
const { serve, httpServer } = require('../support/servers')

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

const MEMBER = gzipSync('')
const MEMBERS = Buffer.concat(Array(50_000).fill(MEMBER))

/** Bodies that are decoded without end, or nearly so, and come to nothing. @type {Record<string, (response: import('node:http').ServerResponse) => void>} */
const HOLLOW = {
  'gzip members of nothing, without end': response => {
    response.setHeader('content-encoding', 'gzip')
    const more = () => { while (response.write(MEMBERS)); }
    response.on('drain', more)
    more()
  },
  'gigabytes of them, twice in a gzip': response => {
    const inner = gzipSync(Buffer.concat(Array(20).fill(MEMBERS)), { level: 9 })
    response.setHeader('content-encoding', 'gzip, gzip, gzip')
    response.end(gzipSync(Buffer.concat(Array(300).fill(inner)), { level: 9 }))
  }
}

test.each(Object.entries(HOLLOW))('%s keep no other from its reply', async (_, answer) => {
  const { url } = await httpServer((_, response) => answer(response))
  const hollow = open({ maxExpansion: 0 })
  let isOver = false
  const { body } = await hollow.request(url)
  const read = body.bytes().then(() => {}, error => error.code).finally(() => { isOver = true })
  const pool = open()
  for (let i = 0; i < 20; i++) await (await pool.request(bench.url('/json'))).body.text()
  expect(isOver).toBe(false)
  hollow.destroy()
  expect(await read).toBe('ERR_POOL_DESTROYED')
})
