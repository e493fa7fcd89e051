'use strict'

const { Readable } = require('node:stream')

/** @typedef {import('../play').Case} Case */

/** What is sent by POST. @type {Record<string, () => any>} */
const bodies = {
  'a string': () => 'text ä €',
  'an empty string': () => '',
  'half a surrogate pair': () => 'a\ud800b',
  'a long string': () => 'ab'.repeat(100_000),
  bytes: () => new Uint8Array([1, 2, 3]),
  'a Buffer': () => Buffer.from('bytes'),
  'no bytes': () => new Uint8Array(),
  'a part of bytes': () => new Uint8Array([1, 2, 3, 4]).subarray(1, 3),
  'an ArrayBuffer': () => new Uint8Array([1, 2, 3]).buffer,
  'a DataView': () => new DataView(new ArrayBuffer(4), 1, 2),
  'a Uint16Array': () => new Uint16Array([1, 2]),
  'a SharedArrayBuffer': () => new SharedArrayBuffer(4),
  'bytes of a SharedArrayBuffer': () => new Uint8Array(new SharedArrayBuffer(4)),
  'a Blob': () => new Blob(['blob'], { type: 'text/x' }),
  'a Blob without a type': () => new Blob(['blob']),
  'an empty Blob': () => new Blob([]),
  'a large Blob': () => new Blob(['x'.repeat(300_000)]),
  'a File': () => new (require('node:buffer').File)(['file'], 'f.txt', { type: 'text/x' }),
  URLSearchParams: () => new URLSearchParams([['a', '1 2'], ['b', 'ä&']]),
  'empty URLSearchParams': () => new URLSearchParams(),
  FormData: () => form(),
  'an empty FormData': () => new FormData(),
  'a ReadableStream': () => new Blob(['stream']).stream(),
  'an empty ReadableStream': () => new ReadableStream({ start (controller) { controller.close() } }),
  'a stream of strings': () => new ReadableStream({ start (controller) { controller.enqueue('text'); controller.close() } }),
  'a stream of other views': () => new ReadableStream({
    start (controller) {
      for (const bytes of [new DataView(Uint8Array.of(65, 66, 67).buffer, 1), Uint16Array.of(0x4142), Uint8ClampedArray.of(68)]) controller.enqueue(bytes)
      controller.close()
    }
  }),
  'a stream of numbers': () => new ReadableStream({ start (controller) { controller.enqueue(5); controller.close() } }),
  'a stream that breaks': () => new ReadableStream({ pull (controller) { controller.error(new RangeError('mine')) } }),
  'a stream that throws': () => new ReadableStream({ pull () { throw new RangeError('mine') } }),
  'a locked stream': () => locked(),
  'an async generator': () => (async function * () { yield Buffer.from('a'); yield Buffer.from('b') })(),
  'an async generator of text': () => (async function * () { yield 'a' })(),
  'an async generator that throws': () => throwing(),
  'a generator': () => (function * () { yield Buffer.from('a') })(),
  'a Readable': () => Readable.from([Buffer.from('a'), Buffer.from('b')]),
  'a number': () => 5,
  zero: () => 0,
  false: () => false,
  'a plain object': () => ({ a: 1 }),
  'an object with a toString': () => ({ toString: () => 'mine' }),
  'an array': () => ['a', 'b'],
  'a function': () => function f () {},
  'a symbol': () => Symbol('x')
}

function form () {
  const data = new FormData()
  data.append('a', '1')
  data.append('a', 'ä\r\nb')
  data.append('name "quoted"', 'x')
  data.append('file', new Blob(['file'], { type: 'text/x' }), 'f "1".txt')
  return data
}

async function * throwing () {
  throw new RangeError('mine')
}

function locked () {
  const stream = new Blob(['x']).stream()
  stream.getReader()
  return stream
}

/** @type {Record<string, Case>} */
const cases = {}
for (const [name, body] of Object.entries(bodies)) {
  cases[name] = ({ fetch, url }) => fetch(`${url}/echo`, { method: 'POST', body: body(), duplex: 'half' })
  cases[`${name}, without duplex`] = ({ fetch, url }) => fetch(`${url}/echo`, { method: 'PUT', body: body() })
  cases[`${name}, through a Request`] = ({ fetch, url }) => fetch(new Request(`${url}/echo`, /** @type {any} */ ({ method: 'POST', body: body(), duplex: 'half' })))
  cases[`${name}, sent on`] = ({ fetch, url }) => fetch(`${url}/moved?code=307&to=/echo`, { method: 'POST', body: body(), duplex: 'half' })
}
cases['a stream that was read from'] = async ({ fetch, url }) => {
  const stream = new Blob(['x']).stream()
  const reader = stream.getReader()
  await reader.read()
  reader.releaseLock()
  return fetch(`${url}/echo`, { method: 'POST', body: stream, duplex: 'half' })
}
cases['a stream, which is locked then'] = async ({ fetch, url }) => {
  const stream = new Blob(['x']).stream()
  const call = fetch(`${url}/echo`, { method: 'POST', body: stream, duplex: 'half' })
  const isLocked = stream.locked
  return [isLocked, await call]
}
cases['bytes that are changed during the call'] = async ({ fetch, url }) => {
  const bytes = new Uint8Array([65, 66, 67])
  const call = fetch(`${url}/echo`, { method: 'POST', body: bytes })
  bytes.fill(0)
  return call
}
cases['bytes of a detached buffer'] = ({ fetch, url }) => {
  const bytes = new Uint8Array(4)
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] })
  return fetch(`${url}/echo`, { method: 'POST', body: bytes })
}
cases['a stream that is shorter than its length'] = ({ fetch, url }) =>
  fetch(`${url}/echo`, { method: 'POST', body: new Blob(['abc']).stream(), duplex: 'half', headers: { 'content-length': '4' } })
cases['a stream with a length of its own'] = ({ fetch, url }) =>
  fetch(`${url}/echo`, { method: 'POST', body: new Blob(['abc']).stream(), duplex: 'half', headers: { 'content-length': '3' } })
cases['the body of another response'] = async ({ fetch, url }) => {
  const first = await fetch(`${url}/text`)
  return fetch(`${url}/echo`, { method: 'POST', body: first.body, duplex: 'half' })
}

module.exports = cases
