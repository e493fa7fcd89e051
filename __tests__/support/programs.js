'use strict'

// Servers that others use, from Debian's packages, each on ports of its own. Where one is missing its tests are left out with
// the reason, except in CI, where it has to be there.

const { spawn } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const net = require('node:net')
const os = require('node:os')
const path = require('node:path')
const { until } = require('./awaiting')

// Debian keeps servers where a user's PATH does not look.
const PLACES = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin', '/sbin']

/**
 * Where a program is. In CI it has to be there; elsewhere its tests are skipped, and say so.
 * @param {string} name
 */
function program (name) {
  const found = PLACES.map(place => path.join(place, name)).find(file => fs.existsSync(file)) ?? null
  if (found === null && process.env.CI) throw new Error(`${name} is not installed; .ci/run installs it`)
  if (found === null) process.stderr.write(`skipped: ${name} is not installed\n`)
  return found
}

/** `test`, or the skipping of it where the program is missing. @param {string} name */
function testWith (name) {
  return program(name) === null ? test.skip : test
}

/** What is to be ended after the tests of the file. @type {Array<() => Promise<void>>} */
const running = []

afterAll(async () => {
  for (const end of running.splice(0)) await end()
})

/**
 * Starts a program in a folder of its own and waits until it accepts connections; both are gone after the tests of the file.
 * @param {string} name
 * @param {number} port at which it listens
 * @param {(at: string) => string[]} prepare writes what it needs and gives its arguments
 */
async function start (name, port, prepare) {
  const at = fs.mkdtempSync(path.join(os.tmpdir(), `rag-pool-${name}-`))
  const child = spawn(/** @type {string} */ (program(name)), prepare(at), { cwd: at, stdio: ['ignore', 'ignore', 'pipe'] })
  const said = []
  child.stderr.on('data', chunk => said.push(chunk))
  const ended = once(child, 'exit')
  running.push(async () => {
    child.kill()
    await ended
    fs.rmSync(at, { recursive: true })
  })
  await until(() => {
    if (child.exitCode !== null) throw new Error(`${name} ended: ${Buffer.concat(said)}`)
    return accepts(port)
  })
  return { at, pid: /** @type {number} */ (child.pid) }
}

/** Whether somebody listens. @param {number} port */
function accepts (port) {
  return new Promise(resolve => {
    const socket = net.connect(port, '127.0.0.1')
    socket.on('connect', () => { socket.destroy(); resolve(true) }).on('error', () => resolve(false))
  })
}

module.exports = { accepts, program, start, testWith }
