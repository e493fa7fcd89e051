'use strict'

// What the SDKs of OpenAI and Anthropic have in common, over the pool.

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { createPooledAnthropicClient, createPooledOpenAIClient } = require('../..')
const { rejection } = require('../support/awaiting')
const { runChild } = require('../support/child')
const { open } = require('../support/pools')
const { left } = require('../support/servers')
const { wireServer } = require('./wire-server')

const ASKED = { model: 'm', max_tokens: 64, messages: [{ role: 'user', content: 'hello' }] }

const openai = name => ({
  Sdk: require(name).OpenAI,
  create: (Sdk, { url }, config, pool) => createPooledOpenAIClient(Sdk, { apiKey: 'key', baseURL: `${url}/v1`, maxRetries: 0, ...config }, pool),
  ask: (client, more, options) => client.chat.completions.create({ ...ASKED, ...more }, options),
  hold: { user: 'hold' }
})

const anthropic = name => ({
  Sdk: require(name).Anthropic,
  create: (Sdk, { url }, config, pool) => createPooledAnthropicClient(Sdk, { apiKey: 'key', baseURL: url, maxRetries: 0, ...config }, pool),
  ask: (client, more, options) => client.messages.create({ ...ASKED, ...more }, options),
  hold: { metadata: { user_id: 'hold' } }
})

describe.each([
  ['openai 6', openai('openai')], ['openai 4', openai('openai-4')],
  ['@anthropic-ai/sdk 1', anthropic('@anthropic-ai/sdk')], ['@anthropic-ai/sdk 0', anthropic('anthropic-0')]
])('%s', (_, { Sdk, create, ask, hold }) => {
  async function made (config, options) {
    const server = await wireServer()
    const pool = open(options)
    return { server, pool, client: create(Sdk, server, config, pool) }
  }

  test('a stream that breaks off is an error and no short answer', async () => {
    const { client, server } = await made()
    const stream = await ask(client, { ...hold, stream: true })
    expect(await rejection((async () => { for await (const event of stream) if (event) server.cut() })())).toBeInstanceOf(Error)
  })

  test('a connection that dies is an APIConnectionError', async () => {
    const { client, server } = await made()
    server.faults.push('reset')
    expect(await rejection(ask(client))).toBeInstanceOf(Sdk.APIConnectionError)
  })

  test('a call after the pool is destroyed is an APIConnectionError that says so', async () => {
    const { client, pool } = await made()
    pool.destroy()
    const error = await rejection(ask(client))
    expect(error).toBeInstanceOf(Sdk.APIConnectionError)
    expect(error.cause.cause ?? error.cause).toMatchObject({ code: 'ERR_POOL_DESTROYED' })
  })

  test('the last error is told once the retries are used up', async () => {
    const { client, server } = await made({ maxRetries: 2 })
    server.faults.push(...Array.from({ length: 3 }, () => ({ status: 503, headers: { 'retry-after-ms': '1' } })))
    expect(await rejection(ask(client))).toMatchObject({ status: 503 })
    expect(server.requests).toHaveLength(3)
  })

  test('x-should-retry: false is honoured', async () => {
    const { client, server } = await made({ maxRetries: 2 })
    server.faults.push({ status: 503, headers: { 'x-should-retry': 'false' } })
    expect(await rejection(ask(client))).toMatchObject({ status: 503 })
    expect(server.requests).toHaveLength(1)
  })

  test('a reply that is tried again leaves its connection to the next try', async () => {
    const { client, server } = await made({ maxRetries: 1 })
    server.faults.push({ status: 429, headers: { 'retry-after-ms': '1' } })
    await ask(client)
    expect([server.requests.length, server.connections()]).toEqual([2, 1])
  })

  test('a stream that was read to its end leaves its connection to the next call', async () => {
    const { client, server } = await made()
    for (let i = 0; i < 3; i++) for await (const event of await ask(client, { stream: true })) void event
    expect(server.connections()).toBe(1)
  })

  test('more calls than connections wait their turn', async () => {
    const { client, server } = await made({}, { maxSockets: 2, maxSocketsPerHost: 2 })
    await Promise.all(Array.from({ length: 10 }, () => ask(client)))
    expect(server.requests).toHaveLength(10)
    expect(server.connections()).toBeLessThanOrEqual(2)
  })

  test('.asResponse() of a stream gives a body to read', async () => {
    const { client } = await made()
    const response = await ask(client, { stream: true }).asResponse()
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/)
    expect(await response.text()).toMatch(/hello/)
  })

  test('headers of a call reach the server', async () => {
    const { client, server } = await made()
    await ask(client, {}, { headers: { 'x-own': 'yes' } })
    expect(server.requests[0].headers).toMatchObject({ 'x-own': 'yes', 'content-type': 'application/json' })
  })
})

test.each(['openai', 'openai-4'])('%s tries again after its own timeout', async name => {
  const server = await wireServer()
  server.faults.push('silence')
  // Outside Jest, where the platform's AbortError is an `instanceof Error`, which the SDK asks.
  const { stdout, stderr } = await runChild(`
    const { createPooledOpenAIClient } = require('rag-connection-pool')
    const { OpenAI } = require('${name}')
    const pool = new ConnectionPoolManager()
    const openai = createPooledOpenAIClient(OpenAI, { apiKey: 'key', baseURL: url, maxRetries: 1 }, pool)
    const { data } = await openai.models.list({ timeout: 300 })
    console.log(data[0].id)
    pool.destroy()`, { url: `${server.url}/v1` })
  expect([stdout, stderr, server.requests.length]).toEqual(['gpt-4o-mini\n', '', 2])
})

test.each(['openai', 'openai-4'])('%s uploads a file as it is read', async name => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'upload-'))
  left.push(() => fs.rmSync(folder, { recursive: true }))
  const file = path.join(folder, 'lines.txt')
  fs.writeFileSync(file, 'line\n'.repeat(50_000))
  const { url } = await wireServer()
  const { stdout, stderr } = await runChild(`
    const { createPooledOpenAIClient } = require('rag-connection-pool')
    const { OpenAI } = require('${name}')
    const pool = new ConnectionPoolManager()
    const openai = createPooledOpenAIClient(OpenAI, { apiKey: 'key', baseURL: url }, pool)
    const { filename, bytes } = await openai.files.create({ file: require('node:fs').createReadStream(${JSON.stringify(file)}), purpose: 'assistants' })
    console.log(filename, bytes)
    pool.destroy()`, { url: `${url}/v1` })
  expect([stdout, stderr]).toEqual(['lines.txt 250000\n', ''])
})
