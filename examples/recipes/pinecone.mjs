// Pinecone takes a fetch.
// PINECONE_API_KEY=… PINECONE_INDEX_HOST=… node examples/recipes/pinecone.mjs

import { Pinecone } from '@pinecone-database/pinecone'
import { createPooledFetch, getGlobalPool } from 'rag-connection-pool'

const pinecone = new Pinecone({ apiKey: process.env.PINECONE_API_KEY ?? '', fetchApi: createPooledFetch() })
const index = pinecone.index({ host: process.env.PINECONE_INDEX_HOST ?? '' })

await index.upsert({ records: [{ id: 'a', values: [1, 0.5, -1] }] })
const { matches } = await index.query({ vector: [1, 0.5, -1], topK: 1 })
console.log(matches.map(({ id, score }) => `${id} ${score}`).join())

const { totalRequests, connectionsCreated } = getGlobalPool().getMetrics()
console.log(`${totalRequests} requests, ${connectionsCreated} connection`)
