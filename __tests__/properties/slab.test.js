'use strict'

// Bodies through slabs of every size, cut wherever server and slab cut them.

const fc = require('fast-check')
const { SmallRing } = require('../support/ring')
const { bodyOf, httpServer } = require('../support/servers')

/** A server that sends back what it gets, in pieces of the sizes that it is told. */
const echo = () => httpServer(async (request, reply) => {
  const sizes = String(request.headers['x-sizes'] ?? '').split(',').filter(Boolean).map(Number)
  const [, count = 0] = /n=(\d+)/.exec(String(request.url)) ?? []
  let body = Buffer.from(Uint8Array.from({ length: Number(count) }, (_, at) => at * 31))
  await bodyOf(request)
  for (const size of sizes) {
    if (size > 0 && body.length > 0) reply.write(body.subarray(0, size))
    body = body.subarray(size)
    if (size % 2 === 0) await new Promise(resolve => setImmediate(resolve))
  }
  reply.end(body)
})

test('a body comes whole, whatever the size of the slab and wherever it is cut', async () => {
  const { port } = await echo()
  const sizes = fc.array(fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 30_000 })), { maxLength: 6 })
  const bodies = fc.array(fc.tuple(fc.integer({ min: 0, max: 70_000 }), sizes), { minLength: 1, maxLength: 4 })
  await fc.assert(fc.asyncProperty(fc.integer({ min: 64, max: 70_000 }), bodies, async (completions, wanted) => {
    const ring = new SmallRing({ completions })
    ring.origin(port)
    const got = await Promise.all(wanted.map(([length, cuts]) => ring.ask(`/?n=${length}\nx-sizes\n${cuts.join()}`)))
    for (const [at, { body }] of got.entries()) {
      const [length] = wanted[at] ?? [0]
      expect(body.equals(Buffer.from(Uint8Array.from({ length }, (_, index) => index * 31)))).toBe(true)
    }
    ring.close()
  }), { numRuns: 60 })
}, 120_000)
