'use strict'

const { PassThrough, Readable } = require('node:stream')
const { createPooledHttpClient } = require('../..')
const { rejection } = require('../support/awaiting')
const { open } = require('../support/pools')
const { bodyOf, httpServer } = require('../support/servers')

const MULTIPART = 'multipart/form-data'
const URLENCODED = 'application/x-www-form-urlencoded'

/** What a server is sent for `data`. */
async function sent (data, type, headers = { 'Content-Type': type }) {
  const seen = { type: '', body: Buffer.alloc(0) }
  const { url } = await httpServer(async (request, reply) => {
    Object.assign(seen, { type: request.headers['content-type'], body: await bodyOf(request) })
    reply.end()
  })
  await createPooledHttpClient({ headers }, open()).post(url, data)
  return seen
}

/** The fields of a multipart body as the platform reads them, a file as its name, type and text. */
async function fieldsOf ({ type, body }) {
  const form = await new Response(body, { headers: { 'content-type': type } }).formData()
  return Promise.all([...form].map(async ([name, value]) => typeof value === 'string' ? [name, value] : [name, value.name, value.type, await value.text()]))
}

const BINARY = 'application/octet-stream'
const one = new Blob(['one'], { type: 'text/x' })
const two = new File(['two'], 'two.txt', { type: 'text/y' })

describe('an object as multipart', () => {
  test.each([
    ['a Blob is a file', { f: one }, [['f', 'blob', 'text/x', 'one']]],
    ['a Blob in a list is uploaded as itself', { f: [one, two] }, [['f', 'blob', 'text/x', 'one'], ['f', 'two.txt', 'text/y', 'two']]],
    ['a Blob in an object is uploaded as itself, beside what else is there', { a: { f: two, b: 1, c: [one] } },
      [['a[f]', 'two.txt', 'text/y', 'two'], ['a[b]', '1'], ['a[c]', 'blob', 'text/x', 'one']]],
    ['a Blob in a list in a list has an index', { f: [[one]] }, [['f[0]', 'blob', 'text/x', 'one']]],
    ['a Buffer is a file', { f: Buffer.from('xyz') }, [['f', 'blob', BINARY, 'xyz']]],
    ['a view is a file of what it shows', { f: new Uint8Array([65, 66, 67]).subarray(1) }, [['f', 'blob', BINARY, 'BC']]],
    ['an ArrayBuffer in a list is a file', { f: [new Uint8Array([65]).buffer] }, [['f', 'blob', BINARY, 'A']]],
    ['a Date is its ISO text', { d: new Date(0), l: [new Date(1)] }, [['d', '1970-01-01T00:00:00.000Z'], ['l', '1970-01-01T00:00:00.001Z']]],
    ['a URL is its text', { u: new URL('http://a.test/b') }, [['u', 'http://a.test/b']]],
    ['an object is its JSON', { o: { a: [1, { b: new Date(0) }] } }, [['o', '{"a":[1,{"b":"1970-01-01T00:00:00.000Z"}]}']]],
    ['a list is a field each, and null is none', { l: ['a', null, 5n, true, undefined, [1, 2]], n: null, u: undefined }, [['l', 'a'], ['l', '5'], ['l', 'true'], ['l', '[1,2]']]],
    ['what says itself how it is JSON is that', { toJSON: () => ({ a: 1 }), b: 2 }, [['a', '1']]]
  ])('%s', async (_, data, fields) => {
    const seen = await sent(data, MULTIPART)
    expect(await fieldsOf(seen)).toEqual(fields)
  })
})

describe('an object as urlencoded', () => {
  test('a Date is its ISO text', async () => {
    expect(String((await sent({ d: new Date(0), l: [new Date(1)] }, URLENCODED)).body)).toBe('d=1970-01-01T00%3A00%3A00.000Z&l=1970-01-01T00%3A00%3A00.001Z')
  })

  test.each([
    [{ f: one }, 'f', 'Blob'], [{ f: [two] }, 'f', 'File'], [{ a: { f: one } }, 'a[f]', 'Blob'], [{ f: Buffer.from('x') }, 'f', 'Buffer'],
    [{ f: [new Uint8Array(1)] }, 'f', 'Uint8Array'], [{ f: new ArrayBuffer(1) }, 'f', 'ArrayBuffer']
  ])('%p is refused by name, as no file can be there', async (data, field, kind) => {
    const error = await rejection(sent(data, URLENCODED))
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' })
    expect(error.message).toBe(`data.${field} must be a string, a number, a boolean, a Date, an object that JSON has, an array of them or, in multipart/form-data, a Blob or bytes; received an instance of ${kind}`)
  })
})

describe.each([MULTIPART, URLENCODED])('as %s', type => {
  test.each([
    ['a Map', new Map([['a', 'b']]), 'an instance of Map'],
    ['a Set in a list', [new Set(['a'])], 'an instance of Set'],
    ['a Set in an object', { s: new Set(['a']) }, 'an instance of Set'],
    ['a stream', Readable.from([Buffer.from('a')]), 'an instance of Readable'],
    ['a web stream', one.stream(), 'an instance of ReadableStream'],
    ['a promise', Promise.resolve('a'), 'an instance of Promise'],
    ['an error', new Error('a'), 'an instance of Error'],
    ['FormData', new FormData(), 'an instance of FormData'],
    ['no date', new Date(NaN), 'an instance of Date'],
    ['a function', function named () {}, 'function named']
  ])('%s is refused by name', async (_, value, kind) => {
    const { message } = await rejection(sent({ f: value }, type))
    expect(message).toMatch(/^data\.f must be a string, a number, .* a Blob or bytes; /)
    expect(message.endsWith(`; received ${kind}`)).toBe(true)
  })

  test.each([
    ['a Map', new Map([['a', 'b']]), 'an instance of Map'], ['a Date', new Date(0), 'an instance of Date'], ['a number', 5, '5'], ['a promise', Promise.resolve({}), 'an instance of Promise']
  ])('%s is refused as data', async (_, data, kind) => {
    expect(await rejection(sent(data, type))).toMatchObject({ name: 'TypeError', message: `data must be an object, to go out as a form; received ${kind}` })
  })
})

test('an object that holds a file and itself is refused by name', async () => {
  const a = { f: one }
  Object.assign(a, { a })
  expect(await rejection(sent({ a }, MULTIPART))).toMatchObject({ name: 'TypeError', message: 'data.a[a] holds itself' })
})

describe('FormData goes out with the boundary that it has', () => {
  const form = () => {
    const data = new FormData()
    data.append('a', 'b')
    return data
  }

  test.each([MULTIPART, 'Multipart/Form-Data', `${MULTIPART}; boundary=another`])('where the client has the content type %s', async type => {
    expect(await fieldsOf(await sent(form(), type))).toEqual([['a', 'b']])
  })

  test('after a redirect too', async () => {
    const seen = { type: '', body: Buffer.alloc(0) }
    const { url } = await httpServer(async (request, reply) => {
      Object.assign(seen, { type: request.headers['content-type'], body: await bodyOf(request) })
      if (request.url === '/') reply.writeHead(307, { location: '/there' })
      reply.end()
    })
    await createPooledHttpClient({ headers: { 'content-type': MULTIPART } }, open()).post(url, form())
    expect(await fieldsOf(seen)).toEqual([['a', 'b']])
  })

  /** In the shape of the form-data package. */
  const streamed = () => Object.assign(new PassThrough(), {
    [Symbol.toStringTag]: 'FormData', getHeaders: () => ({ 'content-type': `${MULTIPART}; boundary=own` })
  }).end('--own--')

  test.each([[{}, 'own'], [{ 'content-type': MULTIPART }, 'own'], [{ 'content-type': `${MULTIPART}; boundary="own"` }, '"own"']])('and a stream that knows its headers, where the client has %p', async (headers, boundary) => {
    expect((await sent(streamed(), '', headers)).type).toBe(`${MULTIPART}; boundary=${boundary}`)
  })
})
