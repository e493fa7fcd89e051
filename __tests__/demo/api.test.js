'use strict'

const { once } = require('node:events')
const http = require('node:http')
const { createHandler } = require('../../examples/demo/server/handler')
const { none } = require('../../examples/demo/server/latency')
const { embed } = require('../../examples/demo/server/vector')

const KEY = 'a-key'
const MESSAGES = [
  { role: 'system', content: '<passage source="island.md">\nThe ferry leaves at noon.\n</passage>' },
  { role: 'user', content: 'When does the ferry leave?' }
]
const ANSWER = 'The ferry leaves at noon. (island.md)'

let server
let base

beforeAll(async () => {
  server = http.createServer(createHandler({ apiKey: KEY, latency: none })).listen(0, '127.0.0.1')
  await once(server, 'listening')
  base = `http://127.0.0.1:${server.address().port}`
})

afterAll(async () => {
  server.close()
  server.closeAllConnections()
  await once(server, 'close')
})

function post (path, body, headers = {}) {
  return fetch(base + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body)
  })
}

async function refused (response) {
  const { error } = await response.json()
  return { status: response.status, ...error }
}

describe('POST /v1/embeddings', () => {
  const model = 'hashed-ngrams'

  test('each input has an embedding at its index, and the tokens are counted', async () => {
    const response = await post('/v1/embeddings', { model, input: ['one word', 'another'] })
    const { object, data, usage } = await response.json()
    expect(object).toBe('list')
    expect(data.map(({ object, index }) => [object, index])).toEqual([['embedding', 0], ['embedding', 1]])
    expect(data[1].embedding).toEqual(Array.from(embed('another')))
    expect(usage).toEqual({ prompt_tokens: 3, total_tokens: 3 })
  })

  test('base64 holds the same numbers as 32-bit floats', async () => {
    const response = await post('/v1/embeddings', { model, input: 'word', dimensions: 8, encoding_format: 'base64' })
    const { data } = await response.json()
    const bytes = new Uint8Array(Buffer.from(data[0].embedding, 'base64'))
    expect(Array.from(new Float32Array(bytes.buffer))).toEqual(Array.from(embed('word', 8)))
  })

  test.each([
    ['no input', {}, 'input'],
    ['an empty text', { input: '' }, 'input'],
    ['an empty list', { input: [] }, 'input'],
    ['a fraction of a dimension', { input: 'a', dimensions: 1.5 }, 'dimensions'],
    ['an unknown encoding', { input: 'a', encoding_format: 'hex' }, 'encoding_format']
  ])('%s is refused with 400 and the parameter named', async (_, wrong, param) => {
    const response = await post('/v1/embeddings', { model, ...wrong })
    expect(await refused(response)).toMatchObject({ status: 400, type: 'invalid_request_error', param })
  })
})

describe('POST /v1/chat/completions', () => {
  const model = 'quotation'

  test('the answer comes whole without stream', async () => {
    const response = await post('/v1/chat/completions', { model, messages: MESSAGES })
    const completion = await response.json()
    expect(completion).toMatchObject({
      object: 'chat.completion',
      choices: [{ index: 0, message: { role: 'assistant', content: ANSWER }, finish_reason: 'stop' }]
    })
    const { prompt_tokens: prompt, completion_tokens: answer, total_tokens: total } = completion.usage
    expect(answer).toBe(6)
    expect(total).toBe(prompt + answer)
  })

  test('the answer comes as events with stream, and [DONE] after them', async () => {
    const response = await post('/v1/chat/completions', { model, messages: MESSAGES, stream: true })
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    const events = (await response.text()).split('\n\n')
    expect(events.splice(-2)).toEqual(['data: [DONE]', ''])
    const chunks = events.map(event => JSON.parse(event.replace(/^data: /, '')))
    expect(new Set(chunks.map(chunk => chunk.id)).size).toBe(1)
    expect(chunks[0].choices[0].delta.role).toBe('assistant')
    expect(chunks.map(chunk => chunk.choices[0].delta.content ?? '').join('')).toBe(ANSWER)
    expect(chunks.map(chunk => chunk.choices[0].finish_reason)).toEqual([...Array(chunks.length - 1).fill(null), 'stop'])
  })

  test('the usage is one more event when it is asked for', async () => {
    const options = { stream: true, stream_options: { include_usage: true } }
    const response = await post('/v1/chat/completions', { model, messages: MESSAGES, ...options })
    const last = (await response.text()).split('\n\n').at(-3)
    expect(JSON.parse(last.replace(/^data: /, ''))).toMatchObject({ choices: [], usage: { completion_tokens: 6 } })
  })

  test('messages of another shape are refused with 400', async () => {
    const response = await post('/v1/chat/completions', { model, messages: [{ role: 'cat', content: 'meow' }] })
    expect(await refused(response)).toMatchObject({ status: 400, param: 'messages' })
  })
})

describe('every route', () => {
  test('a wrong key is refused with 401', async () => {
    const response = await post('/v1/embeddings', { model: 'hashed-ngrams', input: 'a' }, { authorization: 'Bearer other' })
    expect(await refused(response)).toMatchObject({ status: 401, code: 'invalid_api_key' })
  })

  test('an unknown path is refused with 404', async () => {
    expect(await refused(await post('/v1/images', {}))).toMatchObject({ status: 404, type: 'invalid_request_error' })
  })

  test('an unknown model is refused with 404', async () => {
    const response = await post('/v1/embeddings', { model: 'other', input: 'a' })
    expect(await refused(response)).toMatchObject({ status: 404, code: 'model_not_found' })
  })

  test.each([['half a JSON text', '{"model":'], ['a list', '[]']])('%s is refused with 400', async (_, body) => {
    expect(await refused(await post('/v1/embeddings', body))).toMatchObject({ status: 400 })
  })
})
