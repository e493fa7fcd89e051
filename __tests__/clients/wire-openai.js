'use strict'

const MODEL = 'gpt-4o-mini'

/** What the model says to a prompt: words, so that streams have pieces. */
function words (messages) {
  return ['You ', 'said: ', String(messages.at(-1).content)]
}

function choice (delta, reason = null) {
  return { index: 0, delta, logprobs: null, finish_reason: reason }
}

async function chat ({ json, response, send, wait }) {
  const pieces = words(json.messages)
  const facts = { id: 'chatcmpl-1', created: 1_700_000_000, model: MODEL }
  const usage = { prompt_tokens: 1, completion_tokens: pieces.length, total_tokens: pieces.length + 1 }
  if (!json.stream) {
    const message = { role: 'assistant', content: pieces.join(''), refusal: null }
    return send({ ...facts, object: 'chat.completion', choices: [{ index: 0, message, logprobs: null, finish_reason: 'stop' }], usage })
  }
  const event = (choices, more) => response.write(`data: ${JSON.stringify({ ...facts, object: 'chat.completion.chunk', choices, ...more })}\n\n`)
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'x-request-id': 'req_1' })
  event([choice({ role: 'assistant', content: '' })])
  for (const [at, content] of pieces.entries()) {
    if (at === 1 && json.user === 'hold') await wait()
    event([choice({ content })])
  }
  event([choice({}, 'stop')])
  if (json.stream_options?.include_usage) event([], { usage })
  response.end('data: [DONE]\n\n')
}

async function embeddings ({ json, send }) {
  const inputs = [json.input].flat()
  const encode = vector => json.encoding_format === 'base64' ? Buffer.from(Float32Array.from(vector).buffer).toString('base64') : vector
  send({
    object: 'list',
    model: json.model,
    data: inputs.map((text, index) => ({ object: 'embedding', index, embedding: encode([text.length, 0.5, -1]) })),
    usage: { prompt_tokens: inputs.length, total_tokens: inputs.length }
  })
}

async function files ({ body, headers, send }) {
  const [, boundary] = /^multipart\/form-data; ?boundary=(.+)$/.exec(headers['content-type']) ?? []
  const part = String(body).split(`--${boundary}`).find(text => text.includes('name="file"'))
  const [, filename] = /filename="([^"]+)"/.exec(part)
  const content = part.slice(part.indexOf('\r\n\r\n') + 4, -2)
  send({ id: 'file-1', object: 'file', bytes: content.length, filename, purpose: 'assistants', created_at: 1_700_000_000, status: 'processed' })
}

const openai = {
  'POST /v1/chat/completions': chat,
  'POST /v1/embeddings': embeddings,
  'POST /v1/files': files,
  'GET /v1/models': async ({ send }) => send({ object: 'list', data: [{ id: MODEL, object: 'model', created: 1, owned_by: 'nobody' }] })
}

module.exports = { openai }
