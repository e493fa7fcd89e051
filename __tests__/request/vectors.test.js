'use strict'

// Replies that are mostly vectors: read natively, and the same value as ever.

const { createPooledHttpClient } = require('../..')
const { withVectors } = require('../../lib/vectors')
const { jsonOf } = require('../../lib/whole')
const { open } = require('../support/pools')
const { httpServer, serve } = require('../support/servers')

const server = serve('bench-server')

const VECTOR = Array.from({ length: 400 }, (_, at) => Math.sin(at) / 7)
const reply = { object: 'list', data: [{ index: 0, embedding: VECTOR }], model: 'm' }
const text = JSON.stringify(reply)

/** The value, which has to have come by way of the vectors. */
function taken (whole) {
  const value = withVectors(whole)
  expect(value).toBeDefined()
  return value
}

test('an embeddings reply is read by way of its vectors, as text and as bytes', () => {
  expect([taken(text), taken(Buffer.from(text))]).toEqual([reply, reply])
})

test('its vectors are arrays like any others', () => {
  const { embedding } = taken(text).data[0]
  expect([Array.isArray(embedding), Object.keys(embedding).length, embedding.push(1), embedding.at(-2)]).toEqual([true, 400, 401, VECTOR.at(-1)])
})

test('a value is not touched by the next', () => {
  const first = taken(text)
  taken(JSON.stringify({ ...reply, data: VECTOR.map(number => -number) }))
  expect(first).toEqual(reply)
})

test('each vector of many is in its place, in a text of any length', () => {
  for (const count of [2, 40, 400]) {
    const many = { data: Array.from({ length: count }, (_, index) => ({ index, embedding: VECTOR.map(number => number / (index + 1)) })) }
    expect(taken(JSON.stringify(many))).toEqual(many)
  }
})

test('a text is longer than the room that the one before had, or shorter', () => {
  for (const count of [400, 20_000, 400, 5]) {
    const long = Array.from({ length: 400 }, () => VECTOR.slice(0, count / 50 + 40))
    expect(taken(JSON.stringify(long))).toEqual(long)
  }
})

test('a vector longer than any model\'s is whole', () => {
  const long = Array.from({ length: 20_000 }, (_, at) => at + 0.5)
  expect(taken(JSON.stringify([long]))).toEqual([long])
})

test('a text that is one vector is that', () => {
  expect(taken(JSON.stringify(VECTOR))).toEqual(VECTOR)
})

test('a key that names the prototype is a key', () => {
  const value = taken(`{"__proto__":${JSON.stringify(VECTOR)},"a":{"__proto__":{"b":${JSON.stringify(VECTOR)}}}}`)
  expect(Object.keys(value)).toEqual(['__proto__', 'a'])
  expect([Object.getPrototypeOf(value), Object.getOwnPropertyDescriptor(value, '__proto__')?.value]).toEqual([Object.prototype, VECTOR])
})

test('of a key that is there twice the second counts', () => {
  expect(taken(`{"a":${JSON.stringify(VECTOR)},"a":${JSON.stringify(VECTOR.slice(1))}}`)).toEqual({ a: VECTOR.slice(1) })
})

test('a text that is nested deeper than the stack is no harm', () => {
  const depth = 20_000
  const vectors = JSON.stringify(Array(200).fill(VECTOR))
  let value = taken(`{"data":${vectors},"deep":${'['.repeat(depth)}${JSON.stringify(VECTOR)}${']'.repeat(depth)}}`).deep
  for (let at = 0; at < depth; at++) value = value[0]
  expect(value).toEqual(VECTOR)
})

test('a byte order mark is left out', () => {
  expect(taken(Buffer.from(`\ufeff${text}`))).toEqual(reply)
})

test('what is wrong with a text is said of the text as it came', () => {
  const wrong = `${text.slice(0, -1)},"x":01}`
  const said = (() => { try { return JSON.parse(wrong) } catch (error) { return error.message } })()
  expect(() => jsonOf(wrong)).toThrow(new SyntaxError(said))
})

test('a vector is no key', () => {
  const wrong = `{${JSON.stringify(VECTOR)}:1}`
  expect(() => jsonOf(wrong)).toThrow(SyntaxError)
})

test('who has put his own function in the place of JSON.parse sees the text as it came', () => {
  const parse = jest.spyOn(JSON, 'parse')
  try {
    expect(jsonOf(text)).toEqual(reply)
    expect(parse.mock.calls).toEqual([[text]])
  } finally {
    parse.mockRestore()
  }
})

test.each([
  ['a function', parse => text => parse(text)],
  ['a bound one', parse => parse.bind(JSON)],
  ['a proxy', parse => new Proxy(parse, {})]
])('who has put %s there before the package was loaded sees it too', (_, replaced) => {
  const { parse } = JSON
  JSON.parse = replaced(parse)
  try {
    jest.isolateModules(() => {
      expect(require('../../lib/vectors').withVectors(text)).toBeUndefined()
      JSON.parse = parse
      expect(require('../../lib/vectors').withVectors(text)).toBeUndefined()
    })
  } finally {
    JSON.parse = parse
  }
})

test('vectors of which each is as long are found, however many there are', () => {
  const row = VECTOR.slice(0, 64).map(number => Math.abs(number).toFixed(10))
  const batch = count => `[${Array(count).fill(`[${row.join()}]`).join()}]`
  const missed = [3, 4, 5, 8, 10, 16, 32, 64, 96, 100, 128, 250, 256, 500, 512, 1000, 1024, 2000].filter(count => withVectors(batch(count)) === undefined)
  expect(missed).toEqual([])
})

test('a text of more than 16 MiB is left to JSON.parse', () => {
  const long = `[${text},"${' '.repeat(16 * 1024 * 1024)}"]`
  expect(withVectors(long)).toBeUndefined()
})

test('what is mostly something else, or whole numbers, is left to JSON.parse', () => {
  const texts = [{ text: 'x'.repeat(10_000) }, { ids: VECTOR.map((_, at) => at) }, { a: VECTOR, b: Array(2000).fill({}) }].map(value => JSON.stringify(value))
  expect(texts.map(withVectors)).toEqual([undefined, undefined, undefined])
  expect(texts.map(jsonOf)).toEqual(texts.map(json => JSON.parse(json)))
})

describe('from a server', () => {
  const asked = JSON.stringify({ model: 'm', input: ['a', 'b'], dimensions: 700 })
  const headers = { 'content-type': 'application/json' }
  const path = '/v1/embeddings'
  const expected = async () => JSON.parse(await (await open().request(server.url(path), { method: 'POST', headers, body: asked })).body.text())

  test('pool.request gives them', async () => {
    const { body } = await open().request(server.url(path), { method: 'POST', headers, body: asked })
    expect(await body.json()).toEqual(await expected())
  })

  test('pool.fetch gives them, and its clone does', async () => {
    const response = await open().fetch(server.url(path), { method: 'POST', headers, body: asked })
    const clone = response.clone()
    expect(await Promise.all([response.json(), clone.json()])).toEqual([await expected(), await expected()])
  })

  test('the generic client gives them as data, and anew for each json()', async () => {
    const reply = await createPooledHttpClient({}, open()).post(server.url(path), JSON.parse(asked))
    const again = await reply.json()
    expect([reply.data, again]).toEqual([await expected(), await expected()])
    expect(again).not.toBe(reply.data)
  })

  test('a body in many pieces gives them', async () => {
    const { url } = await httpServer((_, response) => {
      response.writeHead(200)
      for (let at = 0; at < text.length; at += 1000) response.write(text.slice(at, at + 1000))
      response.end()
    })
    expect(await (await open().request(url)).body.json()).toEqual(reply)
  })
})
