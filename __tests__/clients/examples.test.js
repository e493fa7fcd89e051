'use strict'

const { spawn } = require('node:child_process')
const { readdirSync } = require('node:fs')
const path = require('node:path')
const { ROOT } = require('../support/child')
const { wireServer } = require('./wire-server')

/** What each prints for the local server. */
const EXPECTED = {
  'openai.js': '2 embeddings\nYou said: hello\n2 requests, 1 connection\n',
  'anthropic.js': 'You said: hello\nYou said: hello again\n2 requests, 1 connection\n',
  'fetch.js': '1 models\nYou said: hello\n2 requests, 1 connection\n',
  'metrics.js': 'healthy 50\nConnection Pool Report\n1 waited\n2 requests, 1 connection\n',
  'http-client.js': '200 application/json 1 models\nYou said: hello\n2 requests, 1 connection\n',
  'recipes/langchain.mjs': 'You said: hello\n|You |said: |hello|||\n2 embeddings\nYou said: hello\n||You |said: |hello||\n5 requests, 1 connection\n',
  'recipes/vercel-ai.mjs': 'You said: hello\nYou |said: |hello|\n2 embeddings\n3 requests, 1 connection\n',
  'recipes/pinecone.mjs': 'a 0.5\n2 requests, 1 connection\n',
  'recipes/mistral.mjs': 'You said: hello\n|You |said: |hello||\n2 requests, 1 connection\n',
  'recipes/cohere.mjs': '1 0.75\nYou said: hello\n2 requests, 1 connection\n',
  'recipes/qdrant.mjs': '1 island.md\n2 requests, 1 connection\n',
  'recipes/google-genai.mjs': 'You said: hello\nYou said: |hello|\n2 requests, 1 connection\n',
  'axios.js': '1 models\nYou said: hello\n2 requests, 1 connection\n',
  'node-fetch.mjs': '1 models\nYou said: hello\n2 requests, 1 connection\n',
  'recipes/got.mjs': '1 models\nYou said: hello\n2 requests, 1 connection\n'
}

test('every example is run here', () => {
  const files = ['', 'recipes'].flatMap(folder => readdirSync(path.join(ROOT, 'examples', folder)).map(file => path.posix.join(folder, file)))
  expect(files.filter(file => /\.m?js$/.test(file)).sort()).toEqual(Object.keys(EXPECTED).sort())
})

test.each(Object.entries(EXPECTED))('examples/%s does what it says, through the pool', async (file, stdout) => {
  const server = await wireServer()
  expect(await run(file, server)).toEqual({ code: 0, stdout, stderr: '' })
  const [requests] = /\d+(?= requests)/.exec(stdout)
  expect(server.requests).toHaveLength(Number(requests))
})

/** As a user would run it, with the keys and the URLs of the server in its environment. */
function run (file, { url }) {
  const child = spawn(process.execPath, [path.join(ROOT, 'examples', file)], {
    env: {
      ...process.env,
      OPENAI_API_KEY: 'key',
      OPENAI_BASE_URL: `${url}/v1`,
      ANTHROPIC_API_KEY: 'key',
      ANTHROPIC_BASE_URL: url,
      ANTHROPIC_MODEL: 'claude-of-the-test',
      PINECONE_API_KEY: 'key',
      PINECONE_INDEX_HOST: url,
      QDRANT_URL: url,
      MISTRAL_API_KEY: 'key',
      MISTRAL_URL: url,
      COHERE_API_KEY: 'key',
      COHERE_URL: url,
      GEMINI_API_KEY: 'key',
      GEMINI_URL: url
    }
  })
  const seen = { stdout: '', stderr: '' }
  for (const name of /** @type {const} */ (['stdout', 'stderr'])) child[name].setEncoding('utf8').on('data', text => { seen[name] += text })
  return new Promise((resolve, reject) => child.on('error', reject).on('close', code => resolve({ code, ...seen })))
}
