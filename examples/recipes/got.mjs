// got takes the pool's agents.
// OPENAI_API_KEY=… node examples/recipes/got.mjs

import got from 'got'
import { getGlobalPool } from 'rag-connection-pool'

const pool = getGlobalPool()
const client = got.extend({
  prefixUrl: process.env.OPENAI_BASE_URL ?? 'https://api.openai.com/v1',
  headers: { authorization: `Bearer ${process.env.OPENAI_API_KEY}` },
  agent: { http: pool.getHttpAgent(), https: pool.getHttpsAgent() }
})

const models = /** @type {any} */ (await client('models').json())
console.log(`${models.data.length} models`)

const json = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'hello' }] }
const { choices } = /** @type {any} */ (await client.post('chat/completions', { json }).json())
console.log(choices[0].message.content)

const { totalRequests, connectionsCreated } = pool.getMetrics()
console.log(`${totalRequests} requests, ${connectionsCreated} connection`)
