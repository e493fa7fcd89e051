'use strict'

const { spawn } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { ROOT } = require('../project/files')

/** Some processes are started, by turns, on a machine that tests other things meanwhile. */
const PATIENCE_MS = 120_000

let folder
beforeEach(() => { folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-')) })
afterEach(() => { fs.rmSync(folder, { recursive: true }) })

async function bench (...args) {
  // A user's environment has no part in what is measured.
  const env = { ...process.env, HTTP_PROXY: 'http://127.0.0.1:9', RAG_POOL_BYPASS: '1' }
  const child = spawn(process.execPath, ['benchmarks/run.js', ...args], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], env })
  const seen = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr']) child[name].setEncoding('utf8').on('data', text => { seen[name] += text })
  const [code] = await once(child, 'close')
  return { code, ...seen }
}

test('a small comparison runs, leaves out who cannot be had, and writes its three files', async () => {
  const { code, stdout, stderr } = await bench('json-50', '--quick', '--rounds', '1', '--peers', 'rag-connection-pool,hyper,undici,node-libcurl', '--into', folder)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/rag-connection-pool +\d.*\n.*hyper +\d.*\n.*undici +1\.00.*\n.*node-libcurl: not measured/)
  expect(stdout).toMatch(/Targets: /)
  const files = fs.readdirSync(folder).sort()
  expect(files.map(file => path.extname(file))).toEqual(['.html', '.json', '.md'])
  const { compared: [{ entries }] } = JSON.parse(fs.readFileSync(path.join(folder, files[1]), 'utf8'))
  expect(entries.map(({ name, rounds }) => [name, rounds.length])).toEqual([['rag-connection-pool', 1], ['hyper', 1], ['undici', 1], ['node-libcurl', 0]])
  for (const { rate, process, connections, errors } of entries.slice(0, 3).map(({ rounds }) => rounds[0])) {
    expect(rate).toBeGreaterThan(0)
    expect(process).toBeGreaterThan(0)
    expect({ connections, errors }).toEqual({ connections: 50, errors: 0 })
  }
}, PATIENCE_MS)

test('what does not run is a row that says so, and the rest goes on', async () => {
  const { code, stdout } = await bench('sse-200', '--quick', '--rounds', '1', '--peers', 'got,rag-connection-pool', '--into', folder)
  expect(code).toBe(0)
  expect(stdout).toMatch(/\n {2}rag-connection-pool +\d[^]*\n {2}got: not measured, .*this client has no streams/)
}, PATIENCE_MS)

test('a name that there is not ends with 2 and a list', async () => {
  const { code, stdout, stderr } = await bench('nothing')
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(/There is no scenario 'nothing'[^]*json-50/)
}, PATIENCE_MS)
