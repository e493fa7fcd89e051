'use strict'

// What an interceptor answers with, and in which form it is read.

const { Readable } = require('node:stream')
const { rejection } = require('../support/awaiting')
const { open } = require('../support/pools')

test.each([
  ['floats', new Float32Array([1.5, 2.5]), '0000c03f00002040'],
  ['words', new Uint16Array([0x4142, 0x4344]), '42414443'],
  ['a DataView', new DataView(new Uint8Array([1, 2, 3]).buffer), '010203']
])('a streamed answer has the bytes of its views: %s', async (_, view, hex) => {
  const pool = open()
  pool.intercept(() => ({ status: 200, body: Readable.from([view]) }))
  const bytes = await (await pool.request('http://a.test/')).body.bytes()
  expect(Buffer.from(bytes).toString('hex')).toBe(hex)
})

test('a chunk that is none fails the request in words of its own', async () => {
  const pool = open()
  pool.intercept(() => ({ status: 200, body: Readable.from([5]) }))
  expect(await rejection((await pool.request('http://a.test/')).body.text())).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE', message: expect.stringContaining("an interceptor's body") })
})

test('an answer that is a form can be read as one, and each body says its type where the answer does not', async () => {
  const pool = open()
  const form = new FormData()
  form.set('a', 'b')
  const bodies = [form, new URLSearchParams({ a: 'b' }), new Blob(['x'], { type: 'text/own' })]
  pool.intercept(({ url }) => ({ status: 200, headers: url.includes('/said') ? { 'content-type': 'text/said' } : {}, body: bodies[Number(new URL(url).searchParams.get('n'))] }))
  expect((await (await pool.fetch('http://a.test/?n=0')).formData()).get('a')).toBe('b')
  const typeOf = async path => (await pool.fetch(`http://a.test/${path}`)).headers.get('content-type')
  expect(await Promise.all(['?n=1', '?n=2'].map(typeOf))).toEqual(['application/x-www-form-urlencoded;charset=UTF-8', 'text/own'])
  expect(await typeOf('said?n=1')).toBe('text/said')
})

test('a large streamed answer is read whole, late as well', async () => {
  const pool = open()
  pool.intercept(() => ({ status: 200, body: Readable.from(Array.from({ length: 20 }, () => Buffer.alloc(50_000))) }))
  const { body } = await pool.request('http://a.test/')
  await new Promise(resolve => setTimeout(resolve, 20))
  expect((await body.bytes()).length).toBe(1_000_000)
})

test.each([
  ['request', pool => pool.request('http://a.test/').then(({ body }) => body.text())],
  ['fetch', pool => pool.fetch('http://a.test/').then(reply => reply.text())]
])('a source that fills one buffer again and again is read as it was at each time: %s', async (_, read) => {
  const pool = open()
  pool.intercept(() => ({
    status: 200,
    body: (async function * () {
      const one = Buffer.alloc(1)
      for (const letter of 'abc') {
        one.write(letter)
        yield one
      }
    })()
  }))
  expect(await read(pool)).toBe('abc')
})
