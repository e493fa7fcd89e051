'use strict'

const { spawn } = require('node:child_process')
const fs = require('node:fs')
const http = require('node:http')
const path = require('node:path')

const BUILT = path.join(__dirname, 'target', 'release')
const STOP_MS = 5000
/**
 * Without REP MOVSB, which takes fifteen times as long on AMD's Zen 3 and 4 to copy between places that lie a few bytes apart, whole
 * pages aside: where a server's buffers lie is chance, and it is the client that is to be measured. Only glibc takes notice.
 */
const GLIBC_TUNABLES = 'glibc.cpu.x86_rep_movsb_threshold=1073741824'

/**
 * A running server.
 * @typedef {object} Server
 * @property {number} http plain HTTP/1.1
 * @property {number} https TLS; the bench server offers h2 and http/1.1, the fault server http/1.1
 * @property {number} [https1] bench server: TLS that offers http/1.1 alone
 * @property {number} [h2c] bench server: HTTP/2 in clear, with prior knowledge
 * @property {number} [silent] fault server: accepts, reads and never answers
 * @property {number} control
 * @property {string} ca PEM that a client has to trust for https
 * @property {number} pid
 * @property {() => Promise<any>} stats `GET /stats` of the control port
 * @property {() => Promise<any>} reset `POST /reset`
 * @property {(path: string) => Promise<any>} get any `GET` of the control port
 * @property {(path: string, body?: unknown) => Promise<any>} post any `POST`; `body` goes out as JSON
 * @property {() => Promise<void>} stop settles once the process is gone; harmless when called again
 */

/**
 * Starts a server. It ends with this process whatever happens, and does not hold it open.
 * @param {'bench-server' | 'fault-server'} name
 * @param {string[]} [flags] as in README.md
 * @returns {Promise<Server>} once it listens; rejects if the binary is missing or ends before that
 */
async function launch (name, flags = []) {
  const child = spawn(binary(name), flags, { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, GLIBC_TUNABLES } })
  // The pipe is how the server learns that we are gone: a write error on it is no news.
  child.stdin.on('error', () => {})
  const exited = new Promise((resolve) => child.once('exit', resolve))
  const ready = JSON.parse(await firstLine(name, child))
  // Pipes are sockets, which can be told not to hold the process.
  for (const handle of /** @type {{unref (): void}[]} */ (/** @type {unknown} */ ([child, child.stdin, child.stdout]))) handle.unref()
  /** @type {(method: string, target: string, body?: unknown) => Promise<any>} */
  const control = (method, target, body) => ask(ready.control, method, target, body)
  return {
    ...ready,
    stats: () => control('GET', '/stats'),
    reset: () => control('POST', '/reset'),
    get: (target) => control('GET', target),
    post: (target, body) => control('POST', target, body),
    stop: () => stop(child, exited)
  }
}

/**
 * A program of this package.
 * @param {string} name
 */
function binary (name) {
  const file = path.join(BUILT, process.platform === 'win32' ? `${name}.exe` : name)
  if (!fs.existsSync(file)) {
    throw new Error(`${name} is not built: run \`npm run build:servers\` first (looked for ${file})`)
  }
  return file
}

/**
 * @param {string} name
 * @param {import('node:child_process').ChildProcessByStdio<import('node:stream').Writable, import('node:stream').Readable, null>} child
 * @returns {Promise<string>}
 */
function firstLine (name, child) {
  return new Promise((resolve, reject) => {
    let text = ''
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      reject(new Error(`${name} ended before it was ready (${signal ?? `exit code ${code}`})`))
    })
    child.stdout.setEncoding('utf8').on('data', (piece) => {
      text += piece
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')))
    })
  })
}

/**
 * A connection of its own for each question, so that none is ever left open.
 * @param {number} port
 * @param {string} method
 * @param {string} target
 * @param {unknown} [body]
 * @returns {Promise<any>}
 */
function ask (port, method, target, body) {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port, method, path: target, agent: false }, (reply) => {
      let text = ''
      reply.setEncoding('utf8').on('data', (piece) => { text += piece })
      reply.on('error', reject)
      reply.on('end', () => {
        const value = JSON.parse(text)
        if (reply.statusCode === 200) resolve(value)
        else reject(new Error(`${method} ${target}: ${value.error}`))
      })
    })
    request.on('error', reject)
    request.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

/**
 * @param {import('node:child_process').ChildProcessByStdio<import('node:stream').Writable, import('node:stream').Readable, null>} child
 * @param {Promise<unknown>} exited
 */
async function stop (child, exited) {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.ref()
  child.stdin.end()
  const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  await exited
  clearTimeout(late)
}

module.exports = { launch, binary }
