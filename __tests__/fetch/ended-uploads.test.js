'use strict'

// A request that is over before its source is. The platform reads an iterable through a stream of its own making, whose source may end
// after that. What goes wrong then reaches no caller and ends the process, so that each case has one of its own.

const { runChild } = require('../support/child')

/** A server that treats a request as `how` says, once it has the head. */
const SERVER = `
const server = require('node:net').createServer(peer => {
  peer.on('error', () => {})
  peer.once('data', () => {
    if (how === 'an early reply') peer.write('HTTP/1.1 413 Content Too Large\\r\\nContent-Length: 2\\r\\n\\r\\nok')
    if (how === 'a reset') peer.resetAndDestroy()
    asked()
    peer.resume()
  })
})
await new Promise(resolve => { server.listen(0, '127.0.0.1', resolve) })
`

/** Sources of which the platform makes its stream. Each ends when `over` does. */
const SOURCES = {
  'an async iterable': 'pieces()',
  'a Readable': 'Readable.from(pieces())',
  'a Request of an iterable': 'new Request(\'http://x.test\', { method: \'POST\', duplex: \'half\', body: pieces() }).body'
}
/** What ends the request, and what its caller sees. */
const ENDS = { 'an early reply': /^413 ok$/, 'a reset': /^(ECONNRESET|EPIPE)$/, 'a timeout': /^ERR_POOL_REQUEST_TIMEOUT$/, 'an abort': /^AbortError$/ }

const cases = Object.keys(SOURCES).flatMap(source => Object.keys(ENDS).map(how => [source, how]))

test.each(cases)('%s that ends after its request, which %s ended, harms nobody', async (source, how) => {
  const { stdout, stderr, code } = await runChild(`
    const { Readable } = require('node:stream')
    const how = ${JSON.stringify(how)}
    let asked, end
    const isAsked = new Promise(resolve => { asked = resolve })
    const over = new Promise(resolve => { end = resolve })
    ${SERVER}
    async function * pieces () {
      yield Buffer.alloc(1000)
      await over
    }
    const pool = new ConnectionPoolManager({ requestTimeout: how === 'a timeout' ? 200 : 0 })
    const controller = new AbortController()
    const told = pool.fetch('http://127.0.0.1:' + server.address().port, { method: 'POST', body: ${SOURCES[source]}, duplex: 'half', signal: controller.signal })
      .then(async reply => reply.status + ' ' + await reply.text(), error => error.cause?.code ?? error.name)
    await isAsked
    if (how === 'an abort') controller.abort()
    const outcome = await told
    end()
    for (let i = 0; i < 5; i++) await new Promise(setImmediate)
    console.log(outcome)
    process.exit()
  `)
  expect({ stderr, code, seen: stdout.trim() }).toEqual({ stderr: '', code: 0, seen: expect.stringMatching(ENDS[how]) })
})
