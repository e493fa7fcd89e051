'use strict'

// Whatever stands for `init`, node-fetch over the pool makes of it what plain node-fetch does.

const { runChild } = require('../support/child')

/** By name, an expression with `url` and the `Request` of a version in scope. */
const INITS = {
  'a Request': "new Request(url, { method: 'POST', body: 'abc', headers: { 'x-own': 'yes' } })",
  'a Request of a class below it': "new (class Own extends Request { get method () { return 'PATCH' } })(url, { method: 'POST', body: 'abc' })",
  "a Request of the platform's": "new globalThis.Request(url, { method: 'DELETE', headers: { 'x-own': 'yes' } })",
  'an instance with getters': "new (class Init { get method () { return 'PUT' } get body () { return 'abc' } })()",
  'an instance with private members': "new (class Init { #method = 'PUT'; get method () { return this.#method } })()",
  'an object that inherits': "Object.create({ method: 'POST', body: 'abc' })",
  'an object without a prototype': "Object.assign(Object.create(null), { method: 'POST', body: 'abc' })",
  'a frozen object': "Object.freeze({ method: 'POST', body: 'abc', agent: undefined })",
  'a proxy': "new Proxy({}, { get: (_, name) => ({ method: 'POST', body: 'abc' })[name] })",
  'a property that is not enumerable': "Object.defineProperty({ body: 'abc' }, 'method', { value: 'POST' })",
  'a signal that is inherited': 'Object.create({ signal: AbortSignal.abort() })',
  'a function': "Object.assign(() => {}, { method: 'POST', body: 'abc' })",
  undefined: 'undefined',
  null: 'null',
  'a text': "'abc'",
  'a number': '5'
}

const SCRIPT = `
  const { createPooledNodeFetch } = require('rag-connection-pool')
  const server = require('node:http').createServer(async (request, reply) => {
    reply.end([request.method, request.headers['x-own'], (await request.toArray()).join('')].join())
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  const url = 'http://127.0.0.1:' + server.address().port
  const pool = new ConnectionPoolManager()
  const outcome = (fetch, init) => fetch(url, init).then(reply => reply.text(), ({ name, message, code }) => ({ name, message, code }))
  const two = require('node-fetch-2')
  const three = await import('node-fetch')
  const outcomes = {}
  for (const [version, fetch, Request] of [[2, two, two.Request], [3, three.default, three.Request]]) {
    for (const [name, init] of Object.entries({ ${Object.entries(INITS).map(([name, init]) => `${JSON.stringify(name)}: Request => ${init}`).join(', ')} })) {
      const plain = await outcome(fetch, init(Request))
      const before = pool.getMetrics().totalRequests
      const pooled = await outcome(createPooledNodeFetch(fetch, pool), init(Request))
      outcomes[version + name] = { plain, pooled, carried: pool.getMetrics().totalRequests - before }
    }
  }
  console.log(JSON.stringify(outcomes))
  pool.destroy()
  server.close()
  server.closeAllConnections()`

/** @type {Record<string, { plain: any, pooled: any, carried: number }>} */
let outcomes

beforeAll(async () => {
  const { stdout, stderr } = await runChild(SCRIPT)
  if (stderr !== '') throw new Error(stderr)
  outcomes = JSON.parse(stdout)
})

describe.each([2, 3])('with node-fetch %d init can be', version => {
  test.each(Object.keys(INITS))('%s', name => {
    const { plain, pooled, carried } = outcomes[version + name]
    expect(pooled).toEqual(plain)
    expect(carried).toBe(typeof plain === 'string' ? 1 : 0)
  })
})
