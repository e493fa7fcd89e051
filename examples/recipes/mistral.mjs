// Mistral's client takes a fetch in its HTTP client.
// MISTRAL_API_KEY=… node examples/recipes/mistral.mjs

import { Mistral } from '@mistralai/mistralai'
import { HTTPClient } from '@mistralai/mistralai/lib/http.js'
import { createPooledFetch, getGlobalPool } from 'rag-connection-pool'

const mistral = new Mistral({
  apiKey: process.env.MISTRAL_API_KEY ?? '',
  ...process.env.MISTRAL_URL && { serverURL: process.env.MISTRAL_URL },
  httpClient: new HTTPClient({ fetcher: createPooledFetch() })
})

const { choices } = await mistral.chat.complete({ model: 'mistral-small-latest', messages: [{ role: 'user', content: 'hello' }] })
console.log(choices[0]?.message.content)

const stream = await mistral.chat.stream({ model: 'mistral-small-latest', messages: [{ role: 'user', content: 'hello' }] })
for await (const { data } of stream) process.stdout.write(`${data.choices[0]?.delta.content ?? ''}|`)

const { totalRequests, connectionsCreated } = getGlobalPool().getMetrics()
console.log(`\n${totalRequests} requests, ${connectionsCreated} connection`)
