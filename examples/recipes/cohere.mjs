// Cohere's client takes a fetch.
// COHERE_API_KEY=… node examples/recipes/cohere.mjs

import { CohereClientV2 } from 'cohere-ai'
import { createPooledFetch, getGlobalPool } from 'rag-connection-pool'

const cohere = new CohereClientV2({
  token: process.env.COHERE_API_KEY ?? '',
  ...process.env.COHERE_URL && { baseUrl: process.env.COHERE_URL },
  fetch: createPooledFetch()
})

const { results } = await cohere.rerank({ model: 'rerank-v3.5', query: 'gulls', documents: ['a ferry', 'seven gulls'], topN: 1 })
console.log(results.map(({ index, relevanceScore }) => `${index} ${relevanceScore}`).join())

const { message } = await cohere.chat({ model: 'command-a-03-2025', messages: [{ role: 'user', content: 'hello' }] })
console.log(message.content?.map(part => part.type === 'text' ? part.text : '').join(''))

const { totalRequests, connectionsCreated } = getGlobalPool().getMetrics()
console.log(`${totalRequests} requests, ${connectionsCreated} connection`)
