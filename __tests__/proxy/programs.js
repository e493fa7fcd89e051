'use strict'

// Real proxies on ports of their own, each for the tests of one file.

const { spawn, spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { until } = require('../support/awaiting')
const { accepts, program } = require('../support/programs')
const { closedPort } = require('../support/servers')

/** `describe`, or the skipping of it where one of the programs is missing. @param {string[]} names */
function describeWith (...names) {
  return names.map(program).every(file => file !== null) ? describe : describe.skip
}

/**
 * Starts a program for the tests of the block that calls this, and waits until it listens.
 * @param {string} name
 * @param {(order: { port: number, folder: string, write: (file: string, text: string) => string }) => string[] | Promise<string[]>} prepare writes what it needs and gives its arguments
 * @returns {{ port: number, folder: string }} filled in before the first test
 */
function run (name, prepare) {
  const running = { port: 0, folder: '' }
  /** @type {import('node:child_process').ChildProcess | null} */
  let child = null
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
    child = spawn(/** @type {string} */ (program(name)), args, { stdio: ['ignore', output, output], cwd: folder })
    fs.closeSync(output)
    let ended = false
    child.once('exit', () => { ended = true })
    await until(() => {
      if (ended) throw new Error(`${name} ended: ${fs.readFileSync(path.join(folder, 'output'), 'utf8')}`)
      return accepts(port)
    })
  })
  afterAll(async () => {
    if (child !== null && child.exitCode === null) {
      const gone = new Promise(resolve => child?.once('exit', resolve))
      child.kill('SIGKILL')
      await gone
    }
    if (running.folder !== '') fs.rmSync(running.folder, { recursive: true, force: true })
  })
  return running
}

/**
 * squid, which lets the user `u` with the password `p` through. Its log tells what it was asked.
 * @param {{ authenticates?: boolean }} [how]
 */
function squid ({ authenticates = true } = {}) {
  return run('squid', ({ port, folder, write }) => {
    fs.chmodSync(folder, 0o777)
    const users = write('users', `u:${hash('p')}\n`)
    const rules = authenticates
      ? `auth_param basic program /usr/lib/squid/basic_ncsa_auth ${users}\nacl known proxy_auth REQUIRED\nhttp_access allow known\nhttp_access deny all`
      : 'http_access allow all'
    return ['-N', '-f', write('squid.conf', `
${rules}
http_port 127.0.0.1:${port}
pid_filename ${folder}/pid
access_log stdio:${folder}/access.log
cache_log ${folder}/cache.log
cache deny all
cache_mem 8 MB
coredump_dir ${folder}
pinger_enable off
shutdown_lifetime 0 seconds
buffered_logs off
`)]
  })
}

/** The form that `basic_ncsa_auth` reads. @param {string} password */
function hash (password) {
  return spawnSync('openssl', ['passwd', '-apr1', password]).stdout.toString().trim()
}

/** tinyproxy, for the user `u` with the password `p`. */
function tinyproxy () {
  return run('tinyproxy', ({ port, folder, write }) =>
    ['-d', '-c', write('tinyproxy.conf', `Port ${port}\nListen 127.0.0.1\nTimeout 60\nMaxClients 50\nBasicAuth u p\nLogFile "${folder}/log"\nLogLevel Connect\n`)])
}

/**
 * haproxy, which speaks TLS before a proxy that does not.
 * @param {import('../support/certificates').Issued} certificate
 * @param {() => number} to the port of that proxy
 */
function haproxy (certificate, to) {
  return run('haproxy', ({ port, write }) => {
    const pem = write('both.pem', certificate.cert + certificate.key)
    return ['-db', '-f', write('haproxy.cfg', `
defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen front
  bind 127.0.0.1:${port} ssl crt ${pem}
  server behind 127.0.0.1:${to()}
`)]
  })
}

/** microsocks, for the user `u` with the password `p`, or for everybody. @param {{ authenticates?: boolean }} [how] */
function microsocks ({ authenticates = true } = {}) {
  return run('microsocks', ({ port }) => ['-i', '127.0.0.1', '-p', String(port), ...authenticates ? ['-u', 'u', '-P', 'p'] : []])
}

module.exports = { describeWith, squid, tinyproxy, haproxy, microsocks }
