'use strict'

// The job's figures with the pool beside those of the SDK alone. Only the local API is asked twice: another's answers cost money.

const { fork } = require('node:child_process')
const { once } = require('node:events')
const { mkdtemp, rm, writeFile } = require('node:fs/promises')
const { tmpdir } = require('node:os')
const path = require('node:path')

const WHAT = `The same job twice, the second time without pooling: by the OpenAI SDK over the pool, and by the same SDK alone over
this Node's fetch, in a process of its own, where each request says \`connection: close\` and so has a connection of its
own. (Left to itself that fetch keeps connections, as many as are wanted at once.) The API counted connections and
handshakes. The wall time includes its thinking, and it was warm for the second run only.`

/**
 * @typedef {import('./figures').Figures} Figures
 * @typedef {import('./backend').Census} Census
 * @typedef {{ backend: Pick<import('./backend').Backend, 'baseUrl' | 'apiKey' | 'models'>, job: import('./job').Job }} Task
 */

/**
 * Does the job without the pool and in a process of its own.
 * @param {import('./backend').Backend} backend
 * @param {import('./job').Job} job
 * @param {AbortSignal} signal
 * @returns {Promise<Figures>}
 */
async function alone (backend, job, signal) {
  const folder = await mkdtemp(path.join(tmpdir(), 'demo-'))
  try {
    const certificate = path.join(folder, 'certificate.pem')
    await writeFile(certificate, backend.certificate ?? '')
    return await figuresOf(certificate, taskOf(backend, job), signal)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/**
 * @param {import('./backend').Backend} backend
 * @param {import('./job').Job} job
 * @returns {Task}
 */
function taskOf ({ baseUrl, apiKey, models }, job) {
  return { backend: { baseUrl, apiKey, models }, job }
}

/**
 * @param {string} certificate the file
 * @param {Task} task
 * @param {AbortSignal} signal
 * @returns {Promise<Figures>}
 */
async function figuresOf (certificate, task, signal) {
  const child = fork(path.join(__dirname, 'alone.js'), { env: { ...process.env, NODE_EXTRA_CA_CERTS: certificate } })
  const exit = once(child, 'exit')
  try {
    child.send(task)
    const [figures] = await Promise.race([once(child, 'message', { signal }), tooEarly(exit)])
    return figures
  } finally {
    child.kill()
    // Until then it may still want the file.
    await exit
  }
}

/**
 * @param {Promise<unknown[]>} exit
 * @returns {Promise<never>}
 */
async function tooEarly (exit) {
  const [code, signal] = await exit
  throw new Error(`The run without the pool ended before it was done (${signal ?? `exit code ${code}`})`)
}

/**
 * @param {Figures & Census} pooled
 * @param {Figures & Census} single
 * @returns {string} for people
 */
function compared (pooled, single) {
  /** @type {Array<[name: string, of: (figures: Figures & Census) => string]>} */
  const rows = [
    ['Wall time', ({ wallMs }) => `${(wallMs / 1000).toFixed(2)} s`],
    ['Connections opened', ({ connections }) => String(connections)],
    ['TLS handshakes', ({ handshakes }) => String(handshakes)],
    ['CPU of the JavaScript thread', ({ threadMs }) => threadMs === null ? 'not told here' : `${threadMs.toFixed(0)} ms`],
    ['CPU of the process', ({ processMs }) => `${processMs.toFixed(0)} ms`]
  ]
  return [['', 'pooled', 'alone'], ...rows.map(([name, of]) => [name, of(pooled), of(single)])]
    .map(([name = '', ours = '', theirs = '']) => `${name.padEnd(28)}${ours.padStart(14)}${theirs.padStart(14)}`.trimEnd())
    .join('\n')
}

module.exports = { alone, compared, WHAT }
