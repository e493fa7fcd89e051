'use strict'

const MODEL = 'claude-of-the-test'

function said (messages) {
  const { content } = messages.at(-1)
  return ['You ', 'said: ', typeof content === 'string' ? content : content.map(({ text }) => text).join('')]
}

async function messages ({ json, response, send, wait }) {
  const pieces = said(json.messages)
  const message = { id: 'msg_1', type: 'message', role: 'assistant', model: MODEL, stop_sequence: null }
  if (!json.stream) {
    return send({ ...message, content: [{ type: 'text', text: pieces.join('') }], stop_reason: 'end_turn', usage: { input_tokens: 1, output_tokens: 3 } })
  }
  const event = value => response.write(`event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`)
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'request-id': 'req_1' })
  event({ type: 'message_start', message: { ...message, content: [], stop_reason: null, usage: { input_tokens: 1, output_tokens: 1 } } })
  event({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } })
  event({ type: 'ping' })
  for (const [at, text] of pieces.entries()) {
    if (at === 1 && json.metadata?.user_id === 'hold') await wait()
    event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })
  }
  event({ type: 'content_block_stop', index: 0 })
  event({ type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 3 } })
  event({ type: 'message_stop' })
  response.end()
}

const anthropic = { 'POST /v1/messages': messages }

module.exports = { anthropic }
