'use strict'

const { spawn } = require('node:child_process')
const { once } = require('node:events')
const { mkdtemp, rm, writeFile } = require('node:fs/promises')
const http = require('node:http')
const { tmpdir } = require('node:os')
const path = require('node:path')
const { createHandler } = require('../../examples/demo/server/handler')
const { none } = require('../../examples/demo/server/latency')

const MAIN = path.join(__dirname, '..', '..', 'examples', 'demo', 'main.js')

/** ms: what it may take at most on a busy machine. */
const WHOLE_DEMO = 60_000

let folder

beforeEach(async () => { folder = await mkdtemp(path.join(tmpdir(), 'demo-')) })
afterEach(() => rm(folder, { recursive: true }))

function start (args, environment = {}) {
  const { OPENAI_BASE_URL, OPENAI_API_KEY, ...inherited } = process.env
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...inherited, ...environment },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  const shown = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', text => { shown.stdout += text })
  child.stderr.setEncoding('utf8').on('data', text => { shown.stderr += text })
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, ...shown }))
  return { child, ended, shows: pattern => Promise.race([until(child, () => pattern.test(shown.stdout)), ended]) }
}

function until (child, isSo) {
  return new Promise(resolve => child.stdout.on('data', () => { if (isSo()) resolve(null) }))
}

function demo (args, environment) {
  return start(args, environment).ended
}

test('by default it answers questions about this repository and prints the report of the pool', async () => {
  const { code, stdout, stderr } = await demo([])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^\? How many connections to one origin .*\n.*`maxSocketsPerHost` \| 10 \|.*README\.md/m)
  expect(stdout).toMatch(/^\? What is the code of the error .*\n.*`ERR_POOL_QUEUE_TIMEOUT`.*README\.md/m)
  expect(stdout).toMatch(/^\? Why does the core .* read no clock\?\n.*The core reads no clock because time is an argument.*ARCHITECTURE\.md/m)
  expect(stdout).toContain('Connection Pool Report')
}, WHOLE_DEMO)

test('it ends with the measured figures of the same job without pooling beside the pooled ones', async () => {
  await writeFile(path.join(folder, 'island.md'), ['ferry', 'gulls', 'bread'].map(word => `# ${word}\n\nThe ${word} is here.`).join('\n\n'))
  const { stdout } = await demo([folder, 'Where is the ferry?'])
  const figures = figuresIn(stdout)
  // Three chunks and a question are embedded, and one answer is streamed.
  expect(figures['Connections opened'].alone).toBe(5)
  expect(figures['TLS handshakes'].alone).toBe(5)
  expect(figures['Connections opened'].pooled).toBe(Number(/Connections Created: (\d+)/.exec(stdout)[1]))
  expect(figures['TLS handshakes'].pooled).toBe(figures['Connections opened'].pooled)
  expect(figures['Connections opened'].pooled).toBeLessThanOrEqual(3)
  for (const name of ['Wall time', 'CPU of the process']) {
    expect(figures[name].pooled).toBeGreaterThan(0)
    expect(figures[name].alone).toBeGreaterThan(0)
  }
})

/** The two figures of each row. */
function figuresIn (stdout) {
  const rows = [...stdout.matchAll(/^(.+?) {2,}([\d.]+)(?: m?s)? +([\d.]+)(?: m?s)?$/gm)]
  return Object.fromEntries(rows.map(([, name, pooled, alone]) => [name, { pooled: Number(pooled), alone: Number(alone) }]))
}

test('it answers the given questions about the given folder', async () => {
  await writeFile(path.join(folder, 'island.md'), '# Island\n\nThe ferry leaves at noon.\n\nThe keeper feeds seven gulls.')
  const { code, stdout } = await demo([folder, 'When does the ferry leave?', 'How many gulls does the keeper feed?'])
  expect(code).toBe(0)
  expect(stdout).toContain('? When does the ferry leave?\n  The ferry leaves at noon. (island.md)\n')
  expect(stdout).toContain('? How many gulls does the keeper feed?\n  The keeper feeds seven gulls. (island.md)\n')
})

test('for a folder without questions it asks about the titles', async () => {
  await writeFile(path.join(folder, 'island.md'), '# Gulls\n\nSeven gulls live here.')
  const { stdout } = await demo([folder])
  expect(stdout).toContain('? What does island.md say about Gulls?\n  Seven gulls live here. (island.md)\n')
})

test('a missing folder is one sentence and exit code 1', async () => {
  const missing = path.join(folder, 'missing')
  const { code, stdout, stderr } = await demo([missing])
  expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: `The folder ${missing} does not exist.\n` })
})

test('an empty folder is one sentence and exit code 1', async () => {
  const { code, stderr } = await demo([folder])
  expect(code).toBe(1)
  expect(stderr).toBe(`The folder ${folder} holds no Markdown or text (.md, .markdown, .txt).\n`)
})

test('an unknown option is one sentence and exit code 1', async () => {
  const { code, stderr } = await demo(['--wrong'])
  expect({ code, stderr }).toEqual({ code: 1, stderr: "Unknown option '--wrong'; see npm run demo -- --help.\n" })
})

test('--help says how it is used', async () => {
  const { code, stdout } = await demo(['--help'])
  expect(code).toBe(0)
  expect(stdout).toMatch(/^Usage: npm run demo/)
})

test('Ctrl-C in the middle of an answer stops it with exit code 130 and no stack', async () => {
  const { child, ended, shows } = start([])
  await shows(/^\? .*\n {2}\S/m)
  child.kill('SIGINT')
  const { code, signal, stdout, stderr } = await ended
  expect({ code, signal, stderr }).toEqual({ code: 130, signal: null, stderr: '\nStopped.\n' })
  expect(stdout).not.toContain('Connection Pool Report')
})

test('Ctrl-C in the middle of the run without pooling stops it as well', async () => {
  const { child, ended, shows } = start([])
  await shows(/^The same job twice/m)
  child.kill('SIGINT')
  const { code, signal, stdout, stderr } = await ended
  expect({ code, signal, stderr }).toEqual({ code: 130, signal: null, stderr: '\nStopped.\n' })
  expect(stdout).not.toContain('Connections opened')
}, WHOLE_DEMO)

describe('with OPENAI_BASE_URL', () => {
  let server
  let url

  beforeEach(async () => {
    server = http.createServer(createHandler({ apiKey: 'right', latency: none })).listen(0, '127.0.0.1')
    await once(server, 'listening')
    url = `http://127.0.0.1:${server.address().port}/v1`
    await writeFile(path.join(folder, 'island.md'), 'The ferry leaves at noon.')
  })

  afterEach(async () => {
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  })

  function environment (key) {
    return {
      OPENAI_BASE_URL: url, OPENAI_API_KEY: key, OPENAI_EMBEDDING_MODEL: 'hashed-ngrams', OPENAI_CHAT_MODEL: 'quotation'
    }
  }

  test('it talks to that API', async () => {
    const { code, stdout } = await demo([folder, 'When does the ferry leave?'], environment('right'))
    expect(code).toBe(0)
    expect(stdout).toContain(`answered by ${url}\n`)
    expect(stdout).toContain('The ferry leaves at noon. (island.md)\n')
  })

  test('nothing is asked twice for the sake of a comparison', async () => {
    let asked = 0
    server.on('request', () => { asked++ })
    await demo([folder, 'When does the ferry leave?'], environment('right'))
    // One chunk and the question are embedded, and the answer is streamed.
    expect(asked).toBe(3)
  })

  test('a refusal of the API is its own sentence and exit code 1', async () => {
    const { code, stderr } = await demo([folder, 'When?'], environment('wrong'))
    expect(code).toBe(1)
    expect(stderr).toBe('The API answered /embeddings with 401: Incorrect API key provided.\n')
  })

  test('a URL that is none is one sentence and exit code 1', async () => {
    const { code, stderr } = await demo([folder], { OPENAI_BASE_URL: 'nowhere' })
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'OPENAI_BASE_URL is "nowhere", which is no http or https URL.\n' })
  })
})
