'use strict'

const { Stream } = require('node:stream')
const { open } = require('../support/pools')
const { httpServer, bodyOf } = require('../support/servers')

test('a stream of Node’s first kind, which has pipe and events alone, is carried whole', async () => {
  const server = await httpServer(async (request, response) => { response.end(await bodyOf(request)) })
  const source = Object.assign(new Stream(), { readable: true, pause () {}, resume () {} })
  const asked = open().request(server.url, { method: 'POST', body: source })
  setImmediate(() => {
    source.emit('data', Buffer.from('old '))
    source.emit('data', Buffer.from('stream'))
    source.emit('end')
  })
  expect(await (await asked).body.text()).toBe('old stream')
})

test('a length of more than 32 bits is announced whole', async () => {
  const server = await httpServer((request, response) => { response.end(request.headers['content-length']) })
  const source = { async * [Symbol.asyncIterator] () { yield Buffer.from('a'); await new Promise(() => {}) } }
  const { body } = await open().request(server.url, {
    method: 'PUT', headers: { 'content-length': 5 * 2 ** 30 }, body: source
  })
  expect(await body.text()).toBe(String(5 * 2 ** 30))
})
