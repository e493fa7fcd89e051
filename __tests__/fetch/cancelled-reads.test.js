'use strict'

// A body that is given up while a read waits for more. What its end then throws reaches no caller and ends the process, so that each
// case has one of its own.

const { runChild } = require('../support/child')

/** Reads one event of a reply, waits for another and gives up. */
const WAYS = {
  'a body': 'const reader = response.body.getReader(); await reader.read(); void reader.read(); await reader.cancel()',
  'a body and its clone': `const reader = response.clone().body.getReader(); await reader.read(); void reader.read()
    await Promise.all([reader.cancel(), response.body.cancel()])`,
  'both halves of a tee': `const [one, other] = response.body.tee(); const reader = one.getReader(); await reader.read(); void reader.read()
    await Promise.all([reader.cancel(), other.cancel()])`,
  'a text stream over it': 'for await (const text of response.body.pipeThrough(new TextDecoderStream())) if (text !== "") break',
  'a Readable over it': 'for await (const chunk of Readable.fromWeb(response.body)) if (chunk.length > 0) break',
  'a pipe that is aborted': `const abort = new AbortController()
    await response.body.pipeTo(new WritableStream({ write () { setImmediate(() => abort.abort()) } }), { signal: abort.signal }).catch(() => {})`
}

test.each(Object.keys(WAYS))('%s that is given up while a read waits harms nobody when its reply ends', async way => {
  const { code, stdout, stderr } = await runChild(`
    const { Readable } = require('node:stream')
    let end
    const server = require('node:http').createServer((request, reply) => {
      if (request.url === '/next') return reply.end('next')
      end = () => reply.end('data: 2\\n\\n')
      reply.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\\n\\n')
    })
    await new Promise(resolve => { server.listen(0, '127.0.0.1', resolve) })
    const url = 'http://127.0.0.1:' + server.address().port
    const pool = new ConnectionPoolManager()
    const response = await pool.fetch(url)
    ${WAYS[way]}
    end()
    while (pool.getMetrics().agents.http.active > 0) await new Promise(setImmediate)
    console.log(await (await pool.fetch(url + '/next')).text())
    process.exit()
  `)
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'next\n', stderr: '' })
})
