// Qdrant's client takes no fetch: the pool's stands in place of the global one.
// QDRANT_URL=… node examples/recipes/qdrant.mjs

import { QdrantClient } from '@qdrant/js-client-rest'
import { getGlobalPool, installGlobal } from 'rag-connection-pool'

installGlobal()
const qdrant = new QdrantClient({ url: process.env.QDRANT_URL ?? '', checkCompatibility: false })

await qdrant.upsert('docs', { wait: true, points: [{ id: 1, vector: [0.5, 0.25], payload: { source: 'island.md' } }] })
const { points } = await qdrant.query('docs', { query: [0.5, 0.25], limit: 1, with_payload: true })
console.log(points.map(({ id, payload }) => `${id} ${payload?.source}`).join())

const { totalRequests, connectionsCreated } = getGlobalPool().getMetrics()
console.log(`${totalRequests} requests, ${connectionsCreated} connection`)
