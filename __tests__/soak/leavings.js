'use strict'

const fs = require('node:fs')
const { ConnectionPoolManager } = require('../..')
const binding = require('../support/addon')
const native = require('../../lib/native')

/** How long what is over may take to be gone. */
const PATIENCE_MS = 15_000
const SETTLE_MS = 100
/** The I/O thread's own tasks: one looks for what else has come before JavaScript is woken, one sees that it is, one stays awake a moment. */
const OWN_TASKS = 3

/** What a process holds, as it was before the first request and as it is when all is over. */
class Leavings {
  /** @param {import('./stage').Stage} stage */
  constructor (stage) {
    this.stage = stage
    native.attached()
    this.before = held()
  }

  /**
   * Waits until nothing is left; gives a sentence for each thing that stays.
   * @param {import('./roster').RosterType} roster
   */
  async faults (roster) {
    const end = performance.now() + PATIENCE_MS
    for (;;) {
      const connections = await this.stage.connections()
      await this.#wake()
      global.gc?.()
      // What was asked with has to be gone itself, on this thread, the other and at the servers.
      await new Promise(resolve => { setTimeout(resolve, SETTLE_MS) })
      const left = this.#left(roster, connections)
      if (left.length === 0 || performance.now() > end) return left
    }
  }

  /** A record that only frees its handle waits for one that JavaScript is woken for. */
  async #wake () {
    const pool = new ConnectionPoolManager()
    await (await pool.request(`${this.stage.origins.clear}/json`)).body.text()
    pool.destroy()
  }

  /**
   * @param {import('./roster').RosterType} roster
   * @param {number} connections at the servers
   */
  #left (roster, connections) {
    const now = held()
    const { census } = now
    const wrong = [
      [connections, 'connections are open at the servers'],
      [now.sockets.length - this.before.sockets.length, `sockets more than at the start are open in this process: ${now.sockets.filter(one => !this.before.sockets.includes(one)).map(ends).join(', ')}`],
      [census.tasks - OWN_TASKS - census.rings - census.pools - census.past, 'tasks of the I/O thread belong to nothing'],
      [census.rings - this.before.census.rings, 'rings more than at the start'],
      [census.pools, 'pools of the engine are open'],
      [census.names, 'names are held'],
      [census.live, 'requests have no final record'],
      [census.leases, 'raw leases are under way'],
      [census.questions, 'questions are open'],
      [census.records, 'records wait'],
      [census.users, 'users are known'],
      [now.handles, 'handles have a consumer'],
      [now.listeners - this.before.listeners, 'listeners more than at the start on the process'],
      ...surplus(this.before.resources, now.resources)
    ]
    const open = roster.unclosed().map(kept => `left behind: connections by a pool's own books: ${kept.standing()}`)
    return [...wrong.filter(([count]) => count !== 0).map(([count, what]) => `left behind: ${count} ${what}`), ...open]
  }
}

function held () {
  return {
    census: binding.census(),
    handles: native.attached().handles.size,
    resources: process.getActiveResourcesInfo(),
    listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
    sockets: sockets()
  }
}

/** The inodes of open ones of this process, as the kernel has them. */
function sockets () {
  const inodes = []
  for (const fd of fs.readdirSync('/proc/self/fd')) {
    try {
      const [, inode] = /^socket:\[(\d+)\]$/.exec(fs.readlinkSync(`/proc/self/fd/${fd}`)) ?? []
      if (inode !== undefined) inodes.push(inode)
    } catch {
      // Closed meanwhile.
    }
  }
  return inodes
}

/** Where a socket leads and in which state it is, for whoever looks for its owner. @param {string} inode */
function ends (inode) {
  const lines = ['tcp', 'tcp6'].flatMap(name => fs.readFileSync(`/proc/self/net/${name}`, 'latin1').split('\n'))
  const [, local = '', remote = '', state = ''] = lines.map(line => line.trim().split(/\s+/)).find(fields => fields[9] === inode) ?? []
  const port = (/** @type {string} */ address) => parseInt(address.split(':')[1], 16)
  return local === '' ? `one that is no TCP (${inode})` : `from port ${port(local)} to ${port(remote)} in state ${state}`
}

/**
 * What is there more often than it was.
 * @param {string[]} before
 * @param {string[]} now
 * @returns {[number, string][]}
 */
function surplus (before, now) {
  const count = (/** @type {string[]} */ all, /** @type {string} */ name) => all.filter(one => one === name).length
  return [...new Set(now)].map(name => [Math.max(0, count(now, name) - count(before, name)), `${name} by getActiveResourcesInfo`])
}

module.exports = { Leavings }
