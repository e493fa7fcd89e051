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
const { closedPort } = require('./servers')

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

/** `describe`, or the skipping of it where one of the programs is missing. @param {string[]} names */
function describeWith (...names) {
  return names.map(program).every(file => file !== null) ? describe : describe.skip
}

/**
 * @typedef {object} Running
 * @property {number} port at which it listens
 * @property {string} folder of its own
 * @property {string} name
 * @property {() => Promise<void>} end has it end by itself, and waits for that
 */

/**
 * Starts a program for the tests of the block that calls this, in a folder of its own, and waits until it listens.
 * @param {string} name
 * @param {(order: { port: number, folder: string, write: (file: string, text: string) => string }) => string[] | Promise<string[]>} prepare writes what it needs and gives its arguments
 * @returns {Running} filled in before the first test
 */
function run (name, prepare) {
  const running = { port: 0, folder: '', name, end: async () => {} }
  beforeAll(async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), `rag-pool-${name}-`))
    const port = await closedPort()
    Object.assign(running, { port, folder })
    const write = (file, text) => {
      const at = path.join(folder, file)
      fs.writeFileSync(at, text)
      return at
    }
    const args = await prepare({ port, folder, write })
    const output = fs.openSync(path.join(folder, 'output'), 'w')
    // What it keeps for its user it keeps here.
    const env = { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder }
    const child = spawn(/** @type {string} */ (program(name)), args, { stdio: ['ignore', output, output], cwd: folder, env })
    fs.closeSync(output)
    const ended = once(child, 'exit')
    // Asked and not killed: it may have children.
    running.end = async () => {
      child.kill()
      await ended
    }
    await until(() => {
      if (child.exitCode !== null) throw new Error(`${name} ended: ${fs.readFileSync(path.join(folder, 'output'), 'utf8')}`)
      return accepts(port)
    })
  })
  afterAll(async () => {
    await running.end()
    if (running.folder !== '') fs.rmSync(running.folder, { recursive: true, force: true })
  })
  return running
}

/** Whether somebody listens. @param {number} port */
function accepts (port) {
  return new Promise(resolve => {
    const socket = net.connect(port, '127.0.0.1')
    socket.on('connect', () => { socket.destroy(); resolve(true) }).on('error', () => resolve(false))
  })
}

module.exports = { describeWith, run }
