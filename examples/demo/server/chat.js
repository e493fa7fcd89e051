'use strict'

const { randomUUID } = require('node:crypto')
const { pipeline } = require('node:stream/promises')
const { answer } = require('./answer')
const { ApiFault, sendJson } = require('./replies')
const { tokens, countTokens } = require('./tokens')

const MODEL = 'quotation'
const ROLES = ['system', 'developer', 'user', 'assistant']

/**
 * @typedef {import('node:http').ServerResponse} ServerResponse
 * @typedef {{ role: string, content: string }} Message
 */

/**
 * `POST /v1/chat/completions`
 * @param {{ body: Record<string, unknown>, response: ServerResponse, latency: import('./latency').Latency }} call
 */
async function chat ({ body, response, latency }) {
  const { messages, stream, includeUsage } = parse(body)
  const prompt = messages.map(message => message.content).join('\n')
  const question = messages.findLast(message => message.role === 'user')?.content ?? ''
  const text = answer(prompt, withoutPassages(question))
  const id = `chatcmpl-${randomUUID()}`
  const created = Math.floor(Date.now() / 1000)
  const usage = usageOf(prompt, text)
  await latency.firstToken()
  if (stream) {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' })
    return pipeline(events(tokens(text), { id, created, usage: includeUsage ? usage : null, latency }), response)
  }
  sendJson(response, 200, {
    id,
    object: 'chat.completion',
    created,
    model: MODEL,
    choices: [{ index: 0, message: { role: 'assistant', content: text, refusal: null }, logprobs: null, finish_reason: 'stop' }],
    usage
  })
}

/** @param {Record<string, unknown>} body */
function parse ({ model, messages, stream = false, stream_options: options }) {
  if (model !== MODEL) throw new ApiFault(404, `The model \`${model}\` does not exist.`, { param: 'model', code: 'model_not_found' })
  if (!Array.isArray(messages) || messages.length === 0 || !messages.every(isMessage)) {
    throw new ApiFault(400, `'messages' must be a list of {role, content}, the role one of ${ROLES.join(', ')} and the content a text.`, { param: 'messages' })
  }
  if (typeof stream !== 'boolean') throw new ApiFault(400, "'stream' must be true or false.", { param: 'stream' })
  const includeUsage = typeof options === 'object' && options !== null && 'include_usage' in options && options.include_usage === true
  return { messages, stream, includeUsage }
}

/**
 * @param {unknown} value
 * @returns {value is Message}
 */
function isMessage (value) {
  return typeof value === 'object' && value !== null &&
    'role' in value && typeof value.role === 'string' && ROLES.includes(value.role) &&
    'content' in value && typeof value.content === 'string'
}

/** @param {string} text */
function withoutPassages (text) {
  return text.replace(/<passage[\s\S]*?<\/passage>/g, '')
}

/**
 * @param {string} prompt
 * @param {string} text
 */
function usageOf (prompt, text) {
  const counted = { prompt_tokens: countTokens(prompt), completion_tokens: countTokens(text) }
  return { ...counted, total_tokens: counted.prompt_tokens + counted.completion_tokens }
}

/**
 * The answer as server-sent events, one a token.
 * @param {string[]} pieces
 * @param {{ id: string, created: number, usage: object | null, latency: import('./latency').Latency }} facts
 */
async function * events (pieces, { id, created, usage, latency }) {
  /** @param {object[]} choices @param {object} [more] */
  const event = (choices, more) => `data: ${JSON.stringify({ id, object: 'chat.completion.chunk', created, model: MODEL, choices, ...more })}\n\n`

  yield event([choice({ role: 'assistant', content: '' })])
  for (const content of pieces) {
    await latency.nextToken()
    yield event([choice({ content })])
  }
  yield event([choice({}, 'stop')])
  if (usage) yield event([], { usage })
  yield 'data: [DONE]\n\n'
}

/**
 * @param {object} delta
 * @param {string | null} [reason]
 */
function choice (delta, reason = null) {
  return { index: 0, delta, logprobs: null, finish_reason: reason }
}

module.exports = { chat, MODEL }
