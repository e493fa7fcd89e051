'use strict'

// Installs both tarballs into an empty application, as a user does, and runs the README's snippets there on every Node.

const { execFile, execFileSync } = require('node:child_process')
const { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } = require('node:fs')
const { tmpdir } = require('node:os')
const path = require('node:path')
const { promisify } = require('node:util')
const { packAll } = require('../../scripts/pack')
const { ROOT, read } = require('../project/files')
const { launch } = require('../servers/launch')
const { nodes } = require('./nodes')

const run = promisify(execFile)
const folder = mkdtempSync(path.join(tmpdir(), 'application-'))
const app = path.join(folder, 'app')
let server

/** The README's JavaScript, block by block. */
const SNIPPETS = [...read('README.md').matchAll(/```js\n([\s\S]*?)```/g)].map(([, code]) => code)
/** What they take for granted. */
const GIVEN = { key: "'a key'", texts: "['a text']", ca: 'CA' }

/** A snippet talks to the server of this test where it names a public one. */
const pointed = code => code.replaceAll('https://api.openai.com', `http://127.0.0.1:${server.http}`)

const given = () => Object.entries({ ...GIVEN, ca: JSON.stringify(server.ca) }).map(([name, value]) => `const ${name} = ${value}`).join('\n')

/** `const { a } = require('b')` as an import. */
const imported = code => code.replace(/const (\{[^}]*\}|\w+) = require\(('[^']*')\).*/g, 'import $1 from $2')

const forms = {
  CommonJS: { file: 'snippet.cjs', write: code => `${given()}\n;(async () => {\n${code}\n})()` },
  'an ES module': { file: 'snippet.mjs', write: code => `${imported(code).replace(/^import .*$/gm, '')}`.replace(/^/, `${(imported(code).match(/^import .*$/gm) ?? []).join('\n')}\n${given()}\n`) }
}

beforeAll(async () => {
  server = await launch('bench-server')
  const { main, platform } = packAll(folder)
  mkdirSync(path.join(app, 'utils'), { recursive: true })
  writeFileSync(path.join(app, 'package.json'), '{ "name": "application", "version": "1.0.0", "private": true }')
  // Only node and npm are on the path: nothing can be compiled.
  const bin = path.join(folder, 'bin')
  mkdirSync(bin)
  for (const name of ['node', 'npm', 'sh']) symlinkSync(execFileSync('which', [name], { encoding: 'utf8' }).trim(), path.join(bin, name))
  execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', main, platform], { cwd: app, stdio: 'pipe', env: { ...process.env, PATH: bin } })
  writeFileSync(path.join(app, 'utils', 'connection-pool.js'), "module.exports = require('rag-connection-pool/connection-pool')\n")
  writeFileSync(path.join(app, 'utils', 'api-client-pool-integration.js'), "module.exports = require('rag-connection-pool/api-client-pool-integration')\n")
}, 120_000)

afterAll(async () => {
  await server?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const VERSIONS = nodes()

test('the README has snippets', () => {
  expect(SNIPPETS.length).toBeGreaterThan(2)
})

describe.each(VERSIONS)('on Node $major', ({ node }) => {
  test('the application\'s own files go on as one-line re-exports', async () => {
    writeFileSync(path.join(app, 'main.js'), `
      const { getGlobalPool, resetGlobalPool } = require('./utils/connection-pool')
      const { getPoolStatus } = require('./utils/api-client-pool-integration')
      const http = require('node:http')
      const pool = getGlobalPool({ maxSockets: 30 })
      http.get('http://127.0.0.1:${server.http}/json', { agent: pool.getHttpAgent() }, response => response.resume().on('end', () => setImmediate(() => {
        console.log(response.statusCode, getPoolStatus().maxConnections, pool.getMetrics().totalRequests)
        resetGlobalPool()
      })))`)
    expect((await run(node, ['main.js'], { cwd: app })).stdout).toBe('200 30 1\n')
  })

  describe.each(Object.entries(forms))('as %s', (_, { file, write }) => {
    test.each(SNIPPETS.map((code, at) => [at + 1, code]))('snippet %d of the README runs', async (_, code) => {
      writeFileSync(path.join(app, file), write(pointed(code)))
      const { stderr } = await run(node, [file], { cwd: app })
      expect(stderr).toBe('')
    })
  })
})

describe.each([['nodenext', 'nodenext'], ['esnext', 'bundler']])('under TypeScript, module %s, resolution %s', (module, moduleResolution) => {
  test.each(SNIPPETS.map((code, at) => [at + 1, code]))('snippet %d of the README compiles', async (_, code) => {
    const file = path.join(app, 'snippet.mts')
    writeFileSync(file, forms['an ES module'].write(pointed(code)))
    const tsc = path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
    const types = path.join(ROOT, 'node_modules', '@types')
    const { stdout } = await run(process.execPath, [tsc, '--noEmit', '--strict', '--target', 'es2023', '--module', module, '--moduleResolution', moduleResolution, '--typeRoots', types, '--types', 'node', file], { cwd: app })
    expect(stdout).toBe('')
  }, 60_000)
})
