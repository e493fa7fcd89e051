'use strict'

const { fork, spawn } = require('node:child_process')
const { once } = require('node:events')
const path = require('node:path')
const { createInterface } = require('node:readline')
const { binary } = require('../__tests__/servers/launch')

const CHILD = path.join(__dirname, 'child', 'main.js')

/** @typedef {import('./contender').Surroundings} Surroundings */

/**
 * How a contender's process is spoken to: one order at a time, one answer to each.
 * @typedef {object} Channel
 * @property {import('node:child_process').ChildProcess} child
 * @property {(order: any, signal: AbortSignal) => Promise<{ result?: any, error?: string }>} ask
 * @property {() => void} end
 */

/**
 * @param {Surroundings} surroundings
 * @returns {Channel}
 */
function nodeChannel ({ nodeFlags = [], variables = {}, cpu }) {
  const flags = ['--expose-gc', ...nodeFlags]
  const [execPath, ...execArgv] = pinned(cpu, [process.execPath, ...flags])
  const child = fork(CHILD, [], { execPath, execArgv, env: { ...process.env, ...variables } })
  return {
    child,
    async ask (order, signal) {
      // Of a channel that is closed the exit tells.
      child.send(order, () => {})
      const [answer] = await once(child, 'message', { signal })
      return answer
    },
    end: () => child.disconnect()
  }
}

/**
 * @param {Surroundings} surroundings
 * @returns {Channel}
 */
function nativeChannel ({ cpu }) {
  const [command, ...args] = pinned(cpu, [binary('bench-client')])
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.on('error', () => {})
  const lines = createInterface({ input: child.stdout })
  return {
    child,
    async ask (order, signal) {
      child.stdin.write(JSON.stringify(order.order === 'open' ? opening(order) : order) + '\n')
      const [line] = await once(lines, 'line', { signal })
      return JSON.parse(line)
    },
    end: () => child.stdin.end()
  }
}

/** @param {{ origin: string, setting: import('./contenders').Setting }} order */
function opening ({ origin, setting: { connections, ca, h2 } }) {
  return { order: 'open', port: Number(new URL(origin).port), connections, ca, h2 }
}

/**
 * A command that may use one CPU alone, from its start on: threads inherit that.
 * @param {number | undefined} cpu
 * @param {[string, ...string[]]} command
 * @returns {[string, ...string[]]}
 */
function pinned (cpu, command) {
  return cpu === undefined ? command : ['taskset', '-c', String(cpu), ...command]
}

module.exports = { nodeChannel, nativeChannel }
