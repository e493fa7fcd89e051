'use strict'

// Servers that others use, from Debian's packages, each on ports of its own. Where one is missing its tests are left out with
// the reason, except in CI, where it has to be there.

const { execFileSync, spawn } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const net = require('node:net')
const os = require('node:os')
const path = require('node:path')
const { until } = require('./awaiting')

const PLACES = `${process.env.PATH}:/usr/sbin:/usr/local/sbin`

/**
 * `test`, or its counterpart that leaves the test out.
 * @param {string} program
 */
function testWith (program) {
  try {
    execFileSync('which', [program], { env: { PATH: PLACES }, stdio: 'pipe' })
    return test
  } catch {
    if (process.env.CI !== undefined) throw new Error(`${program} is not installed`)
    process.stderr.write(`${program} is not installed: its tests are left out\n`)
    return test.skip
  }
}

/** What is to be ended after the tests of the file. @type {Array<() => Promise<void>>} */
const running = []

afterAll(async () => {
  for (const end of running.splice(0)) await end()
})

/**
 * Starts a program in a folder of its own and waits until it accepts connections; both are gone after the tests of the file.
 * @param {string} program
 * @param {number} port at which it listens
 * @param {(at: string) => string[]} prepare writes what it needs and gives its arguments
 */
async function start (program, port, prepare) {
  const at = fs.mkdtempSync(path.join(os.tmpdir(), `rag-pool-${program}-`))
  const child = spawn(program, prepare(at), { cwd: at, env: { ...process.env, PATH: PLACES }, stdio: ['ignore', 'ignore', 'pipe'] })
  const said = []
  child.stderr.on('data', chunk => said.push(chunk))
  const ended = once(child, 'exit')
  running.push(async () => {
    child.kill()
    await ended
    fs.rmSync(at, { recursive: true })
  })
  await until(() => {
    if (child.exitCode !== null) throw new Error(`${program} ended: ${Buffer.concat(said)}`)
    return accepts(port)
  })
  return { at, pid: /** @type {number} */ (child.pid) }
}

/** @param {number} port */
function accepts (port) {
  return new Promise(resolve => {
    const socket = net.connect(port, '127.0.0.1')
    socket.on('connect', () => { socket.destroy(); resolve(true) }).on('error', () => resolve(false))
  })
}

module.exports = { testWith, start }
