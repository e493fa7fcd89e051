// LangChain's chat models: OpenAI's takes a fetch, Anthropic's a function that makes the client.
// OPENAI_API_KEY=… ANTHROPIC_API_KEY=… node examples/recipes/langchain.mjs

import { Anthropic } from '@anthropic-ai/sdk'
import { ChatAnthropic } from '@langchain/anthropic'
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai'
import { createPooledAnthropicClient, createPooledFetch, getGlobalPool } from 'rag-connection-pool'

const fetch = createPooledFetch()

const gpt = new ChatOpenAI({ model: 'gpt-4o-mini', configuration: { fetch } })
console.log((await gpt.invoke('hello')).content)
for await (const { content } of await gpt.stream('hello')) process.stdout.write(`${content}|`)

const embeddings = new OpenAIEmbeddings({ model: 'text-embedding-3-small', configuration: { fetch } })
console.log(`\n${(await embeddings.embedDocuments(['a lease', 'an origin'])).length} embeddings`)

const claude = new ChatAnthropic({
  model: process.env.ANTHROPIC_MODEL || 'claude-haiku-4-5',
  createClient: (/** @type {any} */ options) => createPooledAnthropicClient(Anthropic, options)
})
console.log((await claude.invoke('hello')).content)
for await (const { content } of await claude.stream('hello')) process.stdout.write(`${content}|`)

const { totalRequests, connectionsCreated } = getGlobalPool().getMetrics()
console.log(`\n${totalRequests} requests, ${connectionsCreated} connection`)
