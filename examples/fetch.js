'use strict'

// OPENAI_API_KEY=… node examples/fetch.js

const { createPooledFetch, getGlobalPool, installGlobal } = require('rag-connection-pool')

const url = process.env.OPENAI_BASE_URL ?? 'https://api.openai.com/v1'
const headers = { authorization: `Bearer ${process.env.OPENAI_API_KEY}`, 'content-type': 'application/json' }

main().catch(error => { console.error(error); process.exitCode = 1 })

async function main () {
  const pooledFetch = createPooledFetch() // createPooledFetchWrapper() is the same
  const models = /** @type {any} */ (await (await pooledFetch(`${url}/models`, { headers })).json())
  console.log(`${models.data.length} models`)

  const undo = installGlobal()
  const body = JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'hello' }] })
  const { choices } = /** @type {any} */ (await (await fetch(`${url}/chat/completions`, { method: 'POST', headers, body })).json())
  console.log(choices[0].message.content)
  undo()

  const { totalRequests, connectionsCreated } = getGlobalPool().getMetrics()
  console.log(`${totalRequests} requests, ${connectionsCreated} connection`)
}
