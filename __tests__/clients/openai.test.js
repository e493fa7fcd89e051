'use strict'

const { Readable } = require('node:stream')
const { createPooledOpenAIClient, getGlobalPool, resetGlobalPool } = require('../..')
const { rejection, until } = require('../support/awaiting')
const { runChild } = require('../support/child')
const { open } = require('../support/pools')
const { closedPort, httpServer } = require('../support/servers')
const { wireServer } = require('./wire-server')

afterEach(resetGlobalPool)

/** In a process of its own: within Jest the platform's AbortError is no `instanceof Error`, which the SDK asks. */
function outside (script, name, server) {
  return runChild(`
    const { createPooledOpenAIClient } = require('rag-connection-pool')
    const { OpenAI } = require('${name}')
    const pool = new ConnectionPoolManager()
    ${script}
    pool.destroy()`, { url: `${server.url}/v1` })
}

const CHAT = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'hello' }] }

describe.each([['6', 'openai'], ['4', 'openai-4']])('openai %s', (_, name) => {
  const { OpenAI } = require(name)

  async function client (config) {
    const server = await wireServer()
    const pool = open()
    const openai = createPooledOpenAIClient(OpenAI, { apiKey: 'key', baseURL: `${server.url}/v1`, maxRetries: 0, ...config }, pool)
    return { openai, pool, server }
  }

  test('the client is an instance of the class that was given', async () => {
    const { openai } = await client()
    expect(openai).toBeInstanceOf(OpenAI)
    expect(Object.getPrototypeOf(openai)).toBe(OpenAI.prototype)
  })

  test('a chat goes through the pool and its answer comes back', async () => {
    const { openai, pool, server } = await client()
    const { choices } = await openai.chat.completions.create(CHAT)
    expect(choices[0].message.content).toBe('You said: hello')
    expect(server.requests[0]).toMatchObject({ json: CHAT, headers: { authorization: 'Bearer key' } })
    expect(pool.getMetrics().totalRequests).toBe(1)
  })

  test('one call after the other takes one connection', async () => {
    const { openai, server } = await client()
    for (let i = 0; i < 5; i++) await openai.chat.completions.create(CHAT)
    expect(server.connections()).toBe(1)
  })

  test('a stream arrives piece by piece', async () => {
    const { openai, server } = await client()
    const stream = await openai.chat.completions.create({ ...CHAT, user: 'hold', stream: true })
    const pieces = []
    for await (const { choices: [{ delta }] } of stream) {
      if (delta.content) pieces.push(delta.content)
      // The server goes on only now: what came before must be here already.
      if (pieces.length === 1) server.release()
    }
    expect(pieces).toEqual(['You ', 'said: ', 'hello'])
  })

  test('a stream that was read to its end leaves its connection to the next call', async () => {
    const { openai, server } = await client()
    for (let i = 0; i < 3; i++) {
      const stream = await openai.chat.completions.create({ ...CHAT, stream: true })
      for await (const chunk of stream) void chunk
    }
    expect(server.connections()).toBe(1)
  })

  test('a stream that is left early holds no connection', async () => {
    const { openai, pool } = await client()
    const stream = await openai.chat.completions.create({ ...CHAT, user: 'hold', stream: true })
    for await (const chunk of stream) if (chunk) break
    await until(() => pool.getMetrics().agents.http.active === 0)
    expect((await openai.chat.completions.create(CHAT)).choices).toHaveLength(1)
  })

  test('.withResponse() gives the data and the response', async () => {
    const { openai, server } = await client()
    const { data, response } = await openai.chat.completions.create(CHAT).withResponse()
    expect(data.choices).toHaveLength(1)
    expect(response.status).toBe(200)
    expect(response.headers.get('x-request-id')).toBe('req_1')
    expect(response.url).toBe(`${server.url}/v1/chat/completions`)
  })

  test('.asResponse() gives the response unread', async () => {
    const { openai } = await client()
    const response = await openai.chat.completions.create(CHAT).asResponse()
    expect((await response.json()).choices[0].message.content).toBe('You said: hello')
  })

  test.each(['float', 'base64'])('embeddings come as %s', async format => {
    const { openai, server } = await client()
    const { data } = await openai.embeddings.create({ model: 'e', input: ['abc', 'a'], encoding_format: format })
    const vectors = data.map(({ embedding }) => typeof embedding === 'string'
      ? Array.from(new Float32Array(new Uint8Array(Buffer.from(embedding, 'base64')).buffer))
      : embedding)
    expect(vectors).toEqual([[3, 0.5, -1], [1, 0.5, -1]])
    expect(server.requests[0].json.encoding_format).toBe(format)
  })

  test('embeddings without a format are numbers', async () => {
    const { openai } = await client()
    const { data } = await openai.embeddings.create({ model: 'e', input: 'abc' })
    expect(data[0].embedding).toEqual([3, 0.5, -1])
  })

  test('a file is uploaded', async () => {
    const { openai } = await client()
    const file = await OpenAI.toFile(Buffer.from('line 1\nline 2'), 'lines.txt')
    expect(await openai.files.create({ file, purpose: 'assistants' })).toMatchObject({ filename: 'lines.txt', bytes: 13 })
  })

  test('a list can be paged through', async () => {
    const { openai } = await client()
    const ids = []
    for await (const { id } of openai.models.list()) ids.push(id)
    expect(ids).toEqual(['gpt-4o-mini'])
  })

  test.each([
    [429, { 'retry-after': '0.01' }], [429, { 'retry-after-ms': '1' }], [500, { 'retry-after-ms': '1' }]
  ])('the SDK tries again after %d with %p', async (status, headers) => {
    const { openai, server } = await client({ maxRetries: 1 })
    server.faults.push({ status, headers })
    expect((await openai.chat.completions.create(CHAT)).choices).toHaveLength(1)
    expect(server.requests.map(({ headers }) => headers['x-stainless-retry-count'])).toEqual(['0', '1'])
  })

  test.each([[400, 'BadRequestError'], [401, 'AuthenticationError'], [404, 'NotFoundError'], [429, 'RateLimitError'], [500, 'InternalServerError']])('status %d is a %s', async (status, error) => {
    const { openai, server } = await client()
    server.faults.push({ status })
    const thrown = await rejection(openai.chat.completions.create(CHAT))
    expect(thrown).toBeInstanceOf(OpenAI[error])
    expect(thrown).toMatchObject({ status, type: 'server_error' })
  })

  test('a connection that cannot be made is an APIConnectionError with the pool’s error as its cause', async () => {
    const { openai } = await client({ baseURL: `http://127.0.0.1:${await closedPort()}/v1` })
    const error = await rejection(openai.chat.completions.create(CHAT))
    expect(error).toBeInstanceOf(OpenAI.APIConnectionError)
    expect(error.cause).toMatchObject({ name: 'TypeError', message: 'fetch failed', cause: { code: 'ECONNREFUSED' } })
  })

  test('a connection that dies is an APIConnectionError', async () => {
    const { openai, server } = await client()
    server.faults.push('reset')
    const error = await rejection(openai.chat.completions.create(CHAT))
    expect(error).toBeInstanceOf(OpenAI.APIConnectionError)
    expect(error.cause.cause).toMatchObject({ code: 'ECONNRESET', mayHaveBeenProcessed: true })
  })

  test('a connection that dies is tried again by the SDK', async () => {
    const { openai, server } = await client({ maxRetries: 1 })
    server.faults.push('reset')
    expect((await openai.chat.completions.create(CHAT)).choices).toHaveLength(1)
  })

  test("the SDK's own timeout is an APIConnectionTimeoutError and gives the connection back", async () => {
    const server = await wireServer()
    server.faults.push('silence')
    const { stdout, stderr } = await outside(`
      const openai = createPooledOpenAIClient(OpenAI, { apiKey: 'key', baseURL: url, maxRetries: 0, timeout: 30 }, pool)
      await openai.models.list().catch(error => console.log(error.constructor.name))
      while (pool.getMetrics().agents.http.active > 0) await new Promise(setImmediate)`, name, server)
    expect([stdout, stderr]).toEqual(['APIConnectionTimeoutError\n', ''])
  })

  test('a signal aborts a call that waits', async () => {
    const { openai, server } = await client()
    server.faults.push('silence')
    const abort = new AbortController()
    const call = rejection(openai.chat.completions.create(CHAT, { signal: abort.signal }))
    await until(() => server.requests.length === 1)
    abort.abort()
    expect(await call).toBeInstanceOf(OpenAI.APIUserAbortError)
  })

  test('a signal ends a stream and gives the connection back', async () => {
    const { stdout, stderr } = await outside(`
      const openai = createPooledOpenAIClient(OpenAI, { apiKey: 'key', baseURL: url }, pool)
      const abort = new AbortController()
      const stream = await openai.chat.completions.create(${JSON.stringify({ ...CHAT, user: 'hold', stream: true })}, { signal: abort.signal })
      for await (const chunk of stream) if (chunk.choices[0].delta.content) abort.abort()
      while (pool.getMetrics().agents.http.active > 0) await new Promise(setImmediate)
      console.log('over')`, name, await wireServer())
    expect([stdout, stderr]).toEqual(['over\n', ''])
  })
})

test('a copy by withOptions goes through the same pool', async () => {
  const server = await wireServer()
  const pool = open()
  const openai = createPooledOpenAIClient(require('openai').OpenAI, { apiKey: 'key', baseURL: `${server.url}/v1` }, pool)
  await openai.withOptions({ apiKey: 'other' }).chat.completions.create(CHAT)
  expect(server.requests[0].headers.authorization).toBe('Bearer other')
  expect(pool.getMetrics().totalRequests).toBe(1)
})

describe('a binary reply of openai 4, which brings node-fetch', () => {
  const { OpenAI } = require('openai-4')
  const SPEECH = { model: 'tts-1', voice: 'alloy', input: 'x' }

  async function speaking () {
    const { url } = await httpServer((request, reply) => { request.resume(); reply.end('audio') })
    return { options: { apiKey: 'key', baseURL: url }, pool: open() }
  }

  test("has a web stream, as the platform's fetch gives it, of which Node's is made", async () => {
    const { options, pool } = await speaking()
    const { body } = await createPooledOpenAIClient(OpenAI, options, pool).audio.speech.create(SPEECH)
    expect(Object.prototype.toString.call(body)).toBe('[object ReadableStream]')
    expect(String(Buffer.concat(await Readable.fromWeb(body).toArray()))).toBe('audio')
  })

  test("has node-fetch's where the SDK has an agent of the pool", async () => {
    const { options, pool } = await speaking()
    const response = await new OpenAI({ ...options, httpAgent: pool.getHttpAgent() }).audio.speech.create(SPEECH)
    expect(response.body.pipe).toEqual(expect.any(Function))
    expect([String(await response.buffer()), pool.getMetrics().totalRequests]).toEqual(['audio', 1])
  })
})

test('without a pool the global one serves, made with room for the calls of a model', async () => {
  const server = await wireServer()
  const openai = createPooledOpenAIClient(require('openai').OpenAI, { apiKey: 'key', baseURL: `${server.url}/v1` })
  await openai.chat.completions.create(CHAT)
  expect(getGlobalPool().config).toMatchObject({ maxSockets: 30, maxSocketsPerHost: 30, maxFreeSockets: 10, timeout: 60_000 })
  expect(getGlobalPool().getMetrics().totalRequests).toBe(1)
})

test('a global pool that is there serves as it is, and nobody is warned', async () => {
  const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const pool = getGlobalPool({ maxSockets: 7 })
  createPooledOpenAIClient(require('openai').OpenAI, { apiKey: 'key' })
  expect(getGlobalPool()).toBe(pool)
  expect(warned).not.toHaveBeenCalled()
  warned.mockRestore()
})

test.each([
  [undefined, {}, /^OpenAI must be the SDK's class; received undefined$/],
  [require('openai').OpenAI, { apiKey: 'k', fetch }, /^config\.fetch cannot be given/],
  [require('openai').OpenAI, { apiKey: 'k', httpAgent: {} }, /^config\.httpAgent cannot be given/],
  [require('openai').OpenAI, { apiKey: 'k', fetchOptions: { dispatcher: {} } }, /^config\.fetchOptions\.dispatcher cannot be given/],
  [require('openai').OpenAI, 'key', /^config must be an object; received a string$/]
])('wrong arguments are refused by name: %p %p', (OpenAI, config, message) => {
  expect(() => createPooledOpenAIClient(/** @type {any} */ (OpenAI), config, open())).toThrow(message)
})
