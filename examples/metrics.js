'use strict'

// OPENAI_API_KEY=… node examples/metrics.js

const { OpenAI } = require('openai')
const { ConnectionPoolManager, createPooledOpenAIClient, getPoolMetrics, getPoolReport, getPoolStatus } = require('rag-connection-pool')

main().catch(error => { console.error(error); process.exitCode = 1 })

async function main () {
  const pool = new ConnectionPoolManager({ maxSocketsPerHost: 1 })
  const openai = createPooledOpenAIClient(OpenAI, {}, pool)
  await Promise.all(['a lease', 'an origin'].map(input => openai.embeddings.create({ model: 'text-embedding-3-small', input })))

  const { healthy, maxConnections } = getPoolStatus(pool)
  console.log(healthy ? 'healthy' : 'busy', maxConnections)
  const [title] = getPoolReport(pool).split('\n')
  console.log(title)

  const { totalRequests, connectionsCreated, poolExhausted } = getPoolMetrics(pool)
  console.log(`${poolExhausted} waited\n${totalRequests} requests, ${connectionsCreated} connection`)
  pool.destroy()
}
