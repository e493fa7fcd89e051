'use strict'

const { fork } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const path = require('node:path')

/** Held at one size, V8's young generation grows by no doubling of its own; see benchmarks/crossing/memory.js. */
const FLAGS = ['--expose-gc', '--min-semi-space-size=2', '--max-semi-space-size=2']

/**
 * Does something in a process of its own, so that all it takes is charged to it.
 * @param {string} script in this folder, which hands its work to `work`
 * @param {object} order
 * @returns {Promise<any>} what it gives
 */
async function inOwnProcess (script, order) {
  const child = fork(path.join(__dirname, script), [], { execArgv: FLAGS })
  child.send(order)
  const exit = once(child, 'exit').then(([code, signal]) => { throw new Error(`${script} ended (${signal ?? `exit code ${code}`})`) })
  const [{ result, error }] = await Promise.race([once(child, 'message'), exit])
  exit.catch(() => {})
  child.disconnect()
  if (error !== undefined) throw new Error(`${script}: ${error}`)
  return result
}

/**
 * The other side of it.
 * @param {(order: any) => Promise<object>} act
 */
function work (act) {
  process.once('message', order => {
    act(order).then(result => ({ result }), error => ({ error: String(error?.stack ?? error) + (error?.cause ? `: ${error.cause.stack}` : '') }))
      .then(answer => process.send?.(answer), error => { throw error })
  })
  process.once('disconnect', () => process.exit())
}

/** Memory of this process in MB, as the kernel counts it. */
class Memory {
  /** After a garbage collection, from which on the peak is counted. */
  static async rest () {
    for (let i = 0; i < 4; i++) {
      global.gc?.()
      await new Promise(resolve => { setTimeout(resolve, 20) })
    }
    const memory = new Memory(field('VmRSS'))
    // Sets VmHWM back to what is held now (proc(5)).
    fs.writeFileSync('/proc/self/clear_refs', '5')
    return memory
  }

  /** @param {number} idle */
  constructor (idle) {
    this.idle = idle
  }

  get now () {
    return field('VmRSS')
  }

  /** The most that was held at any moment. */
  get peak () {
    return field('VmHWM')
  }
}

/** @param {string} name */
function field (name) {
  const kilobytes = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(fs.readFileSync('/proc/self/status', 'utf8'))?.[1]
  return Number(kilobytes) / 1024
}

module.exports = { inOwnProcess, work, Memory }
