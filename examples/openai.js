'use strict'

// OPENAI_API_KEY=… node examples/openai.js

const { OpenAI } = require('openai')
const { createPooledOpenAIClient, getGlobalPool } = require('rag-connection-pool')

main().catch(error => { console.error(error); process.exitCode = 1 })

async function main () {
  const openai = createPooledOpenAIClient(OpenAI)

  const { data } = await openai.embeddings.create({ model: 'text-embedding-3-small', input: ['a lease', 'an origin'] })
  console.log(`${data.length} embeddings`)

  const stream = await openai.chat.completions.create({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'hello' }], stream: true })
  for await (const { choices } of stream) process.stdout.write(choices[0]?.delta.content ?? '')

  const { totalRequests, connectionsCreated } = getGlobalPool().getMetrics()
  console.log(`\n${totalRequests} requests, ${connectionsCreated} connection`)
}
