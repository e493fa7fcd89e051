'use strict'

// OPENAI_API_KEY=… node examples/axios.js

const axios = require('axios')
const { addAxiosPoolingInterceptor, getGlobalPool } = require('rag-connection-pool')

main().catch(error => { console.error(error); process.exitCode = 1 })

async function main () {
  const client = addAxiosPoolingInterceptor(axios.create({
    baseURL: process.env.OPENAI_BASE_URL ?? 'https://api.openai.com/v1',
    headers: { authorization: `Bearer ${process.env.OPENAI_API_KEY}` }
  }))

  const { data: models } = await client.get('/models')
  console.log(`${models.data.length} models`)

  const { data: { choices } } = await client.post('/chat/completions', { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'hello' }] })
  console.log(choices[0].message.content)

  const { totalRequests, connectionsCreated } = getGlobalPool().getMetrics()
  console.log(`${totalRequests} requests, ${connectionsCreated} connection`)
}
