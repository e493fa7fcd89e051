'use strict'

// OPENAI_API_KEY=… node examples/http-client.js

const { createPooledHttpClient, getGlobalPool } = require('rag-connection-pool')

main().catch(error => { console.error(error); process.exitCode = 1 })

async function main () {
  const client = createPooledHttpClient({
    baseURL: process.env.OPENAI_BASE_URL ?? 'https://api.openai.com/v1',
    headers: { authorization: `Bearer ${process.env.OPENAI_API_KEY}` },
    timeout: 60_000,
    throwOnError: true
  })

  const { status, headers, data } = await client.get('/models')
  console.log(status, headers.get('content-type'), `${data.data.length} models`)

  const { data: { choices } } = await client.post('/chat/completions', { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'hello' }] })
  console.log(choices[0].message.content)

  const { totalRequests, connectionsCreated } = getGlobalPool().getMetrics()
  console.log(`${totalRequests} requests, ${connectionsCreated} connection`)
}
