'use strict'

// What `fetch` gives, against the platform's own Response for the same reply, asked in random order.

const fc = require('fast-check')
const { open } = require('../support/pools')
const { httpServer } = require('../support/servers')

/** Steps on a response; what they give or throw has to be the same for both. */
const STEPS = {
  status: r => [r.status, r.statusText, r.ok, r.type, r.redirected],
  headers: r => [...r.headers],
  sameHeaders: r => { const { headers } = r; return headers === r.headers },
  sameBody: r => { const { body } = r; return body === r.body },
  hasBody: r => r.body === null,
  bodyUsed: r => r.bodyUsed,
  locked: r => r.body?.locked,
  text: r => r.text(),
  json: r => r.json(),
  bytes: async r => [...new Uint8Array(await r.arrayBuffer())],
  blob: async r => { const blob = await r.blob(); return [blob.size, blob.type] },
  clone: async r => (await r.clone().text()),
  reader: r => { const reader = r.body?.getReader(); reader?.releaseLock() },
  cancel: r => r.body?.cancel(),
  instance: r => r instanceof Response,
  tag: r => Object.prototype.toString.call(r)
}

/** @param {any} response @param {string} step */
async function outcome (response, step) {
  try {
    return { given: await STEPS[step]?.(response) }
  } catch (error) {
    return { thrown: error.constructor.name }
  }
}

test('whatever is done with a response, in whatever order, it does what the platform\'s does', async () => {
  const { url } = await httpServer((request, reply) => {
    const [status, body, type] = JSON.parse(decodeURIComponent(String(request.url).slice(1)))
    reply.writeHead(status, { 'content-type': type, 'x-two': ['a', 'b'], 'set-cookie': ['a=1', 'b=2'], date: 'x' }).end(body === 'long' ? 'x'.repeat(70_000) : body)
  })
  const pool = open()
  const reply = fc.tuple(fc.constantFrom(200, 201, 204, 205, 304, 404, 500), fc.constantFrom('', '{"a":1}', '[', 'text', '\ufeffbom', 'é😀', 'long'), fc.constantFrom('application/json', 'text/plain;charset=utf-8', 'x/y'))
  const steps = fc.array(fc.constantFrom(...Object.keys(STEPS)), { minLength: 1, maxLength: 6 })
  await fc.assert(fc.asyncProperty(reply, steps, async (asked, order) => {
    const target = `${url}/${encodeURIComponent(JSON.stringify(asked))}`
    const [ours, theirs] = await Promise.all([pool.fetch(target), fetch(target)])
    for (const step of order) expect({ step, ...await outcome(ours, step) }).toEqual({ step, ...await outcome(theirs, step) })
    for (const { body } of [ours, theirs]) await body?.cancel().catch(() => {})
  }), { numRuns: 60 })
}, 120_000)
