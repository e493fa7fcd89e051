'use strict'

// ANTHROPIC_API_KEY=… node examples/anthropic.js

const { Anthropic } = require('@anthropic-ai/sdk')
const { createPooledAnthropicClient, getGlobalPool } = require('rag-connection-pool')

const MODEL = process.env.ANTHROPIC_MODEL || 'claude-haiku-4-5'

main().catch(error => { console.error(error); process.exitCode = 1 })

async function main () {
  const anthropic = createPooledAnthropicClient(Anthropic)

  const { content: [first] } = await anthropic.messages.create({ model: MODEL, max_tokens: 64, messages: [{ role: 'user', content: 'hello' }] })
  if (first?.type === 'text') console.log(first.text)

  const stream = anthropic.messages.stream({ model: MODEL, max_tokens: 64, messages: [{ role: 'user', content: 'hello again' }] })
  stream.on('text', text => { process.stdout.write(text) })
  await stream.finalMessage()

  const { totalRequests, connectionsCreated } = getGlobalPool().getMetrics()
  console.log(`\n${totalRequests} requests, ${connectionsCreated} connection`)
}
