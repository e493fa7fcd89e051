'use strict'

// What a caller puts off when the bytes of his request are taken comes before the reply to them, as it does with Node's agent: its
// sockets are read once in each turn of the event loop, and what is put off by setImmediate runs before the next.

const http = require('node:http')
const { open } = require('../support/pools')
const { serve } = require('../support/servers')

const bench = serve('bench-server')
const REQUESTS = 2000

test.each([1, 20])('no reply comes before what is put off by setImmediate when the request is taken, %i in flight', async lanes => {
  const agent = open({ maxSockets: 100, maxSocketsPerHost: 100 }).getHttpAgent()
  let early = 0
  let left = REQUESTS
  /** @param {() => void} done */
  const go = done => {
    if (left-- <= 0) return done()
    let isPutOff = true
    const request = http.request(bench.url('/sink'), { agent, method: 'POST', headers: { 'content-length': 20 } }, reply => {
      if (isPutOff) early++
      // From the end of a reply, as a redirect is followed.
      reply.resume().on('end', () => go(done))
    })
    request.write(Buffer.alloc(20), () => setImmediate(() => {
      isPutOff = false
      request.end()
    }))
  }
  await Promise.all(Array.from({ length: lanes }, () => new Promise(resolve => { go(() => resolve(undefined)) })))
  expect(early).toBe(0)
})
