'use strict'

const { rejection } = require('../support/awaiting')
const { open } = require('../support/pools')
const { httpServer } = require('../support/servers')

const Platform = globalThis.Response
afterEach(() => { globalThis.Response = Platform })

/** @param {any} [init] */
async function fetched (init) {
  const { url } = await httpServer((_, reply) => { reply.writeHead(201, { 'content-type': 'text/x', 'set-cookie': ['a=1', 'b=2'] }).end('body') })
  return open().fetch(`${url}/x#y`, init)
}

test('a method that was taken off Response.prototype refuses it', async () => {
  expect(await rejection(Platform.prototype.text.call(await fetched()))).toMatchObject({ name: 'TypeError' })
})

test('toNative() gives what such a method takes, with all that the response showed', async () => {
  const response = await fetched()
  const native = response.toNative()
  expect(native).toMatchObject({ status: 201, statusText: 'Created', url: response.url, type: 'basic', redirected: false })
  expect(native.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
  expect(await Platform.prototype.text.call(native)).toBe('body')
  expect(response.bodyUsed).toBe(true)
})

test('toNative() refuses a response that was read', async () => {
  const response = await fetched()
  await response.text()
  expect(() => response.toNative()).toThrow('Body is unusable')
})

test('what was fetched is an instance of the Response that is global at the time', async () => {
  class Other extends Platform {}
  globalThis.Response = Other
  const response = await fetched()
  expect([response instanceof Other, response.constructor]).toEqual([true, Other])
  globalThis.Response = Platform
  expect(await fetched()).not.toBeInstanceOf(Other)
})

test('text() is served whole after the stream was touched, and the stream is then locked and empty', async () => {
  const response = await fetched()
  const { body } = response
  expect(await response.text()).toBe('body')
  expect([response.body === body, body.locked]).toEqual([true, true])
})

test('two clones of a body that was whole have stores of their own', async () => {
  const response = await fetched()
  const twin = response.clone()
  const [one, two] = await Promise.all([response.arrayBuffer(), twin.arrayBuffer()])
  new Uint8Array(one).fill(0)
  expect(String(Buffer.from(two))).toBe('body')
})

test('the URL has no credentials, which are refused, and no fragment', async () => {
  expect((await fetched()).url).toMatch(/\/x$/)
})
