// The AI SDK of Vercel: every provider takes a fetch.
// OPENAI_API_KEY=… node examples/recipes/vercel-ai.mjs

import { createOpenAI } from '@ai-sdk/openai'
import { embedMany, generateText, streamText } from 'ai'
import { createPooledFetch, getGlobalPool } from 'rag-connection-pool'

const openai = createOpenAI({ fetch: createPooledFetch() })

console.log((await generateText({ model: openai.chat('gpt-4o-mini'), prompt: 'hello' })).text)

const { textStream } = streamText({ model: openai.chat('gpt-4o-mini'), prompt: 'hello' })
for await (const text of textStream) process.stdout.write(`${text}|`)

const { embeddings } = await embedMany({ model: openai.embedding('text-embedding-3-small'), values: ['a lease', 'an origin'] })
console.log(`\n${embeddings.length} embeddings`)

const { totalRequests, connectionsCreated } = getGlobalPool().getMetrics()
console.log(`${totalRequests} requests, ${connectionsCreated} connection`)
