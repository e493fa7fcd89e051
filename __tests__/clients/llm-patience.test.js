'use strict'

// Models think for minutes before they say a word. Here five minutes are 300 ms, and every limit of the pool that is finite
// unless one says otherwise has shrunk along with them.

const axios = require('axios')
const nodeFetch = require('node-fetch-2')
const {
  addAxiosPoolingInterceptor, createPooledAnthropicClient, createPooledHttpClient, createPooledNodeFetch, createPooledOpenAIClient
} = require('../..')
const { until } = require('../support/awaiting')
const { open } = require('../support/pools')
const { bodyOf, httpServer } = require('../support/servers')
const { anthropic } = require('./wire-anthropic')
const { openai } = require('./wire-openai')

const FIVE_MINUTES = 300
/** A connection has to be made on a busy machine too, so that its limit is larger than a thousandth. */
const LIMITS = { timeout: 30, bodyTimeout: 30, freeSocketTimeout: 15, keepAliveTimeout: 60, maxLifetime: 30, dnsCacheMs: 10, connectTimeout: 250 }

const ROUTES = { ...openai, ...anthropic }
const ASKED = { model: 'm', max_tokens: 64, messages: [{ role: 'user', content: 'hello' }] }

/** A server that thinks before its head, or between that and the first byte of the body. */
async function thinking (headFirst) {
  const { url } = await httpServer(async (request, response) => {
    const json = JSON.parse(String(await bodyOf(request)))
    const since = performance.now()
    const type = json.stream ? 'text/event-stream' : 'application/json'
    if (headFirst) {
      response.writeHead(200, { 'content-type': type }).flushHeaders()
      response.writeHead = () => response
    }
    await until(() => performance.now() - since > FIVE_MINUTES)
    const send = value => response.writeHead(200, { 'content-type': type }).end(JSON.stringify(value))
    await ROUTES[`${request.method} ${request.url}`]({ json, response, send, wait: async () => {} })
  })
  return url
}

async function chat (Sdk, baseURL, stream) {
  const client = createPooledOpenAIClient(Sdk, { apiKey: 'key', baseURL: `${baseURL}/v1`, maxRetries: 0 }, open(LIMITS))
  const answer = await client.chat.completions.create({ ...ASKED, stream })
  if (!stream) return answer.choices[0].message.content
  let text = ''
  for await (const { choices: [{ delta }] } of answer) text += delta.content ?? ''
  return text
}

async function message (Sdk, baseURL, stream) {
  const client = createPooledAnthropicClient(Sdk, { apiKey: 'key', baseURL, maxRetries: 0 }, open(LIMITS))
  const answer = await client.messages.create({ ...ASKED, stream })
  if (!stream) return answer.content[0].text
  let text = ''
  for await (const event of answer) text += event.delta?.text ?? ''
  return text
}

describe.each([
  ['openai 6', chat, require('openai').OpenAI],
  ['openai 4', chat, require('openai-4').OpenAI],
  ['@anthropic-ai/sdk 1', message, require('@anthropic-ai/sdk').Anthropic],
  ['@anthropic-ai/sdk 0', message, require('anthropic-0').Anthropic]
])('%s waits for a reply that thinks for five minutes', (_, ask, Sdk) => {
  test.each([
    ['before its head', false, false], ['before the head of a stream', false, true],
    ['after its head', true, false], ['after the head of a stream', true, true]
  ])('%s', async (_, headFirst, stream) => {
    expect(await ask(Sdk, await thinking(headFirst), stream)).toBe('You said: hello')
  })
})

const JSON_ASKED = { ...ASKED, stream: false }
const HEADERS = { 'content-type': 'application/json' }

test.each([
  ['axios', async url => (await addAxiosPoolingInterceptor(axios.create(), open(LIMITS)).post(url, JSON_ASKED)).data],
  ['axios by the agents', async url => (await addAxiosPoolingInterceptor(axios.create(), open(LIMITS)).post(url, JSON_ASKED, { family: 4 })).data],
  ['node-fetch', async url => (await createPooledNodeFetch(nodeFetch, open(LIMITS))(url, { method: 'POST', headers: HEADERS, body: JSON.stringify(JSON_ASKED) })).json()],
  ['the generic client', async url => (await createPooledHttpClient({}, open(LIMITS)).post(url, JSON_ASKED)).data]
])('%s waits as long', async (_, ask) => {
  for (const headFirst of [false, true]) {
    const { choices } = await ask(`${await thinking(headFirst)}/v1/chat/completions`)
    expect(choices[0].message.content).toBe('You said: hello')
  }
})
