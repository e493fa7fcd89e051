'use strict'

// HTTP begins anew on a connection where it does not suit the next request.

const { Readable } = require('node:stream')
const { open } = require('../support/pools')
const { tcpServer } = require('../support/servers')

/** Whether a request has come whole. @param {string} text */
function isWhole (text) {
  const end = text.indexOf('\r\n\r\n') + 4
  if (end < 4) return false
  const length = /content-length: (\d+)/i.exec(text)
  if (length !== null) return text.length - end >= Number(length[1])
  return !/transfer-encoding: chunked/i.test(text) || text.endsWith('0\r\n\r\n')
}

test.each([
  ['request', (pool, url, body) => pool.request(url, { method: 'POST', body }).then(reply => reply.body.text())],
  ['fetch', (pool, url, body) => pool.fetch(url, { method: 'POST', body, duplex: 'half' }).then(reply => reply.text())]
])('a streamed body is sent whole on a connection that was answered in HTTP/1.0: %s', async (_, post) => {
  /** @type {string[]} */ const seen = []
  let connections = 0
  const { url } = await tcpServer(socket => {
    connections++
    let text = ''
    socket.on('data', chunk => {
      text += chunk.toString('latin1')
      if (!isWhole(text)) return
      seen.push(text)
      text = ''
      socket.write('HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok')
    })
  })
  const pool = open()
  await (await pool.request(url)).body.text()
  expect(await post(pool, url, Readable.from([Buffer.from('hello '), Buffer.from('world')]))).toBe('ok')
  expect(seen[1]).toMatch(/^POST [^ ]+ HTTP\/1\.1\r\n/)
  expect(seen[1]).toMatch(/6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n$/)
  await (await pool.request(url)).body.text()
  expect([seen.length, connections]).toEqual([3, 1])
})

const crowd = Array.from({ length: 150 }, (_, i) => `x-field-${i}: 1\r\n`).join('')

test.each([
  ['a stream', size => Readable.from((function * () { for (let left = size; left > 0; left -= 10_000) yield Buffer.alloc(10_000, 'x') })())],
  ['a Buffer', size => Buffer.alloc(size, 'x')]
])('an upload goes on behind a head of more fields than are usual: %s', async (_, bodyOf) => {
  const size = 20_000_000
  let got = 0
  let connections = 0
  const { url } = await tcpServer(socket => {
    connections++
    let text = ''
    socket.on('data', chunk => {
      if (text.startsWith('GET')) text = ''
      const isFirst = text === ''
      text ||= chunk.toString('latin1')
      if (text.startsWith('GET')) return socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
      got += isFirst ? chunk.length - text.indexOf('\r\n\r\n') - 4 : chunk.length
      if (isFirst) socket.write(`HTTP/1.1 200 OK\r\n${crowd}content-length: 8\r\n\r\nwhat`)
      if (got < size) return
      socket.write(' all')
      text = ''
    })
  })
  const pool = open()
  await (await pool.request(url)).body.text()
  const { headers, body } = await pool.request(url, { method: 'POST', headers: { 'content-length': String(size) }, body: bodyOf(size) })
  expect(headers['x-field-149']).toBe('1')
  expect(await body.text()).toBe('what all')
  expect(await (await pool.request(url)).body.text()).toBe('ok')
  expect([got, connections]).toEqual([size, 1])
})
