'use strict'

const { createPooledAnthropicClient, getGlobalPool, resetGlobalPool } = require('../..')
const { rejection, until } = require('../support/awaiting')
const { runChild } = require('../support/child')
const { open } = require('../support/pools')
const { closedPort } = require('../support/servers')
const { wireServer } = require('./wire-server')

afterEach(resetGlobalPool)

const MESSAGE = { model: 'claude-of-the-test', max_tokens: 64, messages: [{ role: 'user', content: 'hello' }] }

describe.each([['1', '@anthropic-ai/sdk'], ['0', 'anthropic-0']])('@anthropic-ai/sdk %s', (_, name) => {
  const { Anthropic } = require(name)

  async function client (config) {
    const server = await wireServer()
    const pool = open()
    const anthropic = createPooledAnthropicClient(Anthropic, { apiKey: 'key', baseURL: server.url, maxRetries: 0, ...config }, pool)
    return { anthropic, pool, server }
  }

  test('the client is an instance of the class that was given', async () => {
    const { anthropic } = await client()
    expect(anthropic).toBeInstanceOf(Anthropic)
  })

  test('a message goes through the pool and its answer comes back', async () => {
    const { anthropic, pool, server } = await client()
    const { content } = await anthropic.messages.create(MESSAGE)
    expect(content).toEqual([{ type: 'text', text: 'You said: hello' }])
    expect(server.requests[0]).toMatchObject({ json: MESSAGE })
    expect(pool.getMetrics().totalRequests).toBe(1)
  })

  test('one call after the other takes one connection', async () => {
    const { anthropic, server } = await client()
    for (let i = 0; i < 5; i++) await anthropic.messages.create(MESSAGE)
    expect(server.connections()).toBe(1)
  })

  test('a stream arrives event by event', async () => {
    const { anthropic, server } = await client()
    const stream = await anthropic.messages.create({ ...MESSAGE, metadata: { user_id: 'hold' }, stream: true })
    const pieces = []
    for await (const event of stream) {
      if (event.type === 'content_block_delta') pieces.push(event.delta.text)
      // The server goes on only now: what came before must be here already.
      server.release()
    }
    expect(pieces).toEqual(['You ', 'said: ', 'hello'])
  })

  test('messages.stream() collects the message', async () => {
    const { anthropic } = await client()
    const texts = []
    const stream = anthropic.messages.stream(MESSAGE).on('text', text => { texts.push(text) })
    const { content } = await stream.finalMessage()
    expect([texts.join(''), content[0].text]).toEqual(['You said: hello', 'You said: hello'])
  })

  test('a stream that is left early holds no connection', async () => {
    const { anthropic, pool } = await client()
    const stream = await anthropic.messages.create({ ...MESSAGE, metadata: { user_id: 'hold' }, stream: true })
    for await (const event of stream) if (event) break
    await until(() => pool.getMetrics().agents.http.active === 0)
    expect((await anthropic.messages.create(MESSAGE)).content).toHaveLength(1)
  })

  test('.withResponse() and .asResponse() give the response', async () => {
    const { anthropic, server } = await client()
    const { data, response } = await anthropic.messages.create(MESSAGE).withResponse()
    expect([data.content[0].text, response.status, response.url]).toEqual(['You said: hello', 200, `${server.url}/v1/messages`])
    const bare = await anthropic.messages.create(MESSAGE).asResponse()
    expect((await bare.json()).content[0].text).toBe('You said: hello')
  })

  test.each([[429, { 'retry-after': '0.01' }], [500, { 'retry-after-ms': '1' }], [529, { 'retry-after-ms': '1' }]])('the SDK tries again after %d', async (status, headers) => {
    const { anthropic, server } = await client({ maxRetries: 1 })
    server.faults.push({ status, headers })
    expect((await anthropic.messages.create(MESSAGE)).content).toHaveLength(1)
    expect(server.requests).toHaveLength(2)
  })

  test.each([[400, 'BadRequestError'], [429, 'RateLimitError'], [500, 'InternalServerError']])('status %d is a %s', async (status, error) => {
    const { anthropic, server } = await client()
    server.faults.push({ status })
    expect(await rejection(anthropic.messages.create(MESSAGE))).toBeInstanceOf(Anthropic[error])
  })

  test('a connection that cannot be made is an APIConnectionError with the pool’s error as its cause', async () => {
    const { anthropic } = await client({ baseURL: `http://127.0.0.1:${await closedPort()}` })
    const error = await rejection(anthropic.messages.create(MESSAGE))
    expect(error).toBeInstanceOf(Anthropic.APIConnectionError)
    expect(error.cause).toMatchObject({ message: 'fetch failed', cause: { code: 'ECONNREFUSED' } })
  })

  test("the SDK's own timeout is an APIConnectionTimeoutError and gives the connection back", async () => {
    const server = await wireServer()
    server.faults.push('silence')
    // Outside Jest, where the platform's AbortError is an `instanceof Error`, which the SDK asks.
    const { stdout, stderr } = await runChild(`
      const { createPooledAnthropicClient } = require('rag-connection-pool')
      const { Anthropic } = require('${name}')
      const pool = new ConnectionPoolManager()
      const anthropic = createPooledAnthropicClient(Anthropic, { apiKey: 'key', baseURL: url, maxRetries: 0, timeout: 30 }, pool)
      await anthropic.messages.create(${JSON.stringify(MESSAGE)}).catch(error => console.log(error.constructor.name))
      while (pool.getMetrics().agents.http.active > 0) await new Promise(setImmediate)
      pool.destroy()`, { url: server.url })
    expect([stdout, stderr]).toEqual(['APIConnectionTimeoutError\n', ''])
  })

  test('a signal aborts a call that waits', async () => {
    const { anthropic, server } = await client()
    server.faults.push('silence')
    const abort = new AbortController()
    const call = rejection(anthropic.messages.create(MESSAGE, { signal: abort.signal }))
    await until(() => server.requests.length === 1)
    abort.abort()
    expect(await call).toBeInstanceOf(Anthropic.APIUserAbortError)
  })
})

test('without a pool the global one serves, made with room for the calls of a model', () => {
  createPooledAnthropicClient(require('@anthropic-ai/sdk').Anthropic, { apiKey: 'key' })
  expect(getGlobalPool().config).toMatchObject({ maxSockets: 30, maxSocketsPerHost: 30, maxFreeSockets: 10, timeout: 60_000 })
})

test('what is no class is refused by name', () => {
  expect(() => createPooledAnthropicClient(/** @type {any} */ ({}), {}, open())).toThrow("Anthropic must be the SDK's class; received an instance of Object")
})
