// Google's client takes no fetch: the pool's stands in place of the global one.
// GEMINI_API_KEY=… node examples/recipes/google-genai.mjs

import { GoogleGenAI } from '@google/genai'
import { getGlobalPool, installGlobal } from 'rag-connection-pool'

installGlobal()
const gemini = new GoogleGenAI({
  apiKey: process.env.GEMINI_API_KEY ?? '',
  ...process.env.GEMINI_URL && { httpOptions: { baseUrl: process.env.GEMINI_URL } }
})

const { text } = await gemini.models.generateContent({ model: 'gemini-2.5-flash', contents: 'hello' })
console.log(text)

const stream = await gemini.models.generateContentStream({ model: 'gemini-2.5-flash', contents: 'hello' })
for await (const piece of stream) process.stdout.write(`${piece.text}|`)

const { totalRequests, connectionsCreated } = getGlobalPool().getMetrics()
console.log(`\n${totalRequests} requests, ${connectionsCreated} connection`)
