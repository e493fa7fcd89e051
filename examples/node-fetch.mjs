// OPENAI_API_KEY=… node examples/node-fetch.mjs

import nodeFetch from 'node-fetch'
import { createPooledNodeFetch, getGlobalPool } from 'rag-connection-pool'

const fetch = createPooledNodeFetch(nodeFetch)
const url = process.env.OPENAI_BASE_URL ?? 'https://api.openai.com/v1'
const headers = { authorization: `Bearer ${process.env.OPENAI_API_KEY}`, 'content-type': 'application/json' }

const models = /** @type {any} */ (await (await fetch(`${url}/models`, { headers })).json())
console.log(`${models.data.length} models`)

const body = JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'hello' }] })
const { choices } = /** @type {any} */ (await (await fetch(`${url}/chat/completions`, { method: 'POST', headers, body })).json())
console.log(choices[0].message.content)

const { totalRequests, connectionsCreated } = getGlobalPool().getMetrics()
console.log(`${totalRequests} requests, ${connectionsCreated} connection`)
