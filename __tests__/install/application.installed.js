'use strict'

// Installs both tarballs into an empty application, as a user does, and runs the README's snippets there on every Node.

const { execFile } = require('node:child_process')
const path = require('node:path')
const { promisify } = require('node:util')
const { ROOT } = require('../project/files')
const { launch } = require('../servers/launch')
const { Application } = require('./application')
const { nodes } = require('./nodes')
const { FORMS, PACKAGES, SNIPPETS } = require('./snippets')

const run = promisify(execFile)
const NUMBERED = SNIPPETS.map((code, at) => /** @type {const} */ ([at + 1, code]))
let server
let app

beforeAll(async () => {
  server = await launch('bench-server')
  app = new Application()
  for (const name of PACKAGES) app.link(name)
}, 120_000)

afterAll(async () => {
  app?.remove()
  await server?.stop()
})

test('the README has snippets', () => {
  expect(SNIPPETS.length).toBeGreaterThan(2)
})

describe.each(nodes())('on Node $major', ({ node }) => {
  test('the application\'s own files go on as one-line re-exports', async () => {
    const file = app.write('main.js', `
      const { getGlobalPool, resetGlobalPool } = require('./utils/connection-pool')
      const { getPoolStatus } = require('./utils/api-client-pool-integration')
      const http = require('node:http')
      const pool = getGlobalPool({ maxSockets: 30 })
      http.get('http://127.0.0.1:${server.http}/json', { agent: pool.getHttpAgent() }, response => response.resume().on('end', () => setImmediate(() => {
        console.log(response.statusCode, getPoolStatus().maxConnections, pool.getMetrics().totalRequests)
        resetGlobalPool()
      })))`)
    expect((await run(node, [file])).stdout).toBe('200 30 1\n')
  })

  test.each(NUMBERED)('snippet %d of the README runs as CommonJS', async (_, code) => {
    // Its third version is an ES module alone.
    app.link('node-fetch-2', 'node-fetch')
    expect((await run(node, [app.write('snippet.cjs', FORMS.cjs(code, server))])).stderr).toBe('')
  })

  test.each(NUMBERED)('snippet %d of the README runs as an ES module', async (_, code) => {
    app.link('node-fetch')
    expect((await run(node, [app.write('snippet.mjs', FORMS.mjs(code, server))])).stderr).toBe('')
  })
})

describe.each([['nodenext', 'nodenext'], ['node16', 'node16'], ['esnext', 'bundler']])('under TypeScript, module %s, resolution %s', (module, moduleResolution) => {
  /** What tsc finds wrong with files of the application. */
  async function faults (files, ...options) {
    const tsc = path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
    const typeRoots = path.join(ROOT, 'node_modules', '@types')
    const args = ['--noEmit', '--strict', '--target', 'es2023', '--module', module, '--moduleResolution', moduleResolution, '--typeRoots', typeRoots, '--types', 'node', ...options, ...files]
    return run(process.execPath, [tsc, ...args], { cwd: app.folder }).then(() => '', error => error.stdout)
  }

  test('the shipped types are right', async () => {
    const entries = ['rag-connection-pool', 'rag-connection-pool/connection-pool', 'rag-connection-pool/api-client-pool-integration']
    const text = entries.map((entry, at) => `import * as entry${at} from '${entry}'\nvoid entry${at}\n`).join('')
    expect(await faults(['mts', 'cts'].map(kind => app.write(`entries.${kind}`, text)))).toBe('')
  }, 60_000)

  test('the README\'s snippets compile', async () => {
    app.link('node-fetch')
    const files = NUMBERED.map(([number, code]) => app.write(`snippet-${number}.mts`, FORMS.mjs(code, server)))
    expect(await faults(files, '--skipLibCheck')).toBe('')
  }, 60_000)
})
