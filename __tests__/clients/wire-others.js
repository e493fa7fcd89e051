'use strict'

// The other APIs that the recipes call, with as much of each as they ask for.

const said = text => `You said: ${text}`

/** What Gemini answers, in one piece or several. */
function candidate (text) {
  return { candidates: [{ content: { role: 'model', parts: [{ text }] }, index: 0 }], usageMetadata: { promptTokenCount: 1, totalTokenCount: 4 } }
}

const others = {
  'POST /vectors/upsert': async ({ json, send }) => send({ upsertedCount: json.vectors.length }),
  'POST /query': async ({ send }) => send({ matches: [{ id: 'a', score: 0.5, values: [] }], namespace: '', usage: { readUnits: 1 } }),
  'PUT /collections/docs/points': async ({ send }) => send({ result: { operation_id: 1, status: 'completed' }, status: 'ok', time: 0.001 }),
  'POST /collections/docs/points/query': async ({ send }) =>
    send({ result: { points: [{ id: 1, version: 1, score: 1, payload: { source: 'island.md' } }] }, status: 'ok', time: 0.001 }),
  'POST /v2/rerank': async ({ send }) => send({ id: 'r', results: [{ index: 1, relevance_score: 0.75 }], meta: { api_version: { version: '2' } } }),
  'POST /v2/chat': async ({ json, send }) =>
    send({ id: 'c', finish_reason: 'COMPLETE', message: { role: 'assistant', content: [{ type: 'text', text: said(json.messages.at(-1).content) }] } }),
  'POST /v1beta/models/gemini-2.5-flash:generateContent': async ({ json, send }) => send(candidate(said(json.contents.at(-1).parts[0].text))),
  'POST /v1beta/models/gemini-2.5-flash:streamGenerateContent': async ({ json, response }) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const text of ['You said: ', json.contents.at(-1).parts[0].text]) response.write(`data: ${JSON.stringify(candidate(text))}\r\n\r\n`)
    response.end()
  }
}

module.exports = { others }
