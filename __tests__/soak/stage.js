'use strict'

const { fork } = require('node:child_process')
const { once } = require('node:events')
const path = require('node:path')
const { launch } = require('../servers/launch')
const { faultRoutes } = require('./fault-routes')

/** A name that resolves sometimes, and sometimes to where nobody listens. */
const FICKLE = 'fickle.test'
/** How the fault server treats idle connections: from one tenth of the run to the next another way. */
const MODES = [
  { closeIdleWithinMs: 50, by: 'fin', seed: 1 },
  { closeIdleWithinMs: null, by: 'fin', seed: 1 },
  { closeIdleWithinMs: 5, by: 'reset', seed: 2 },
  { closeIdleWithinMs: 1000, by: 'reset', seed: 3 }
]

/** How many connections are greeted at a time. */
const GREETED = 50

/** The servers of a run, and where things are on them. */
class Stage {
  faults = faultRoutes()

  /**
   * @param {import('../servers/launch').Server} bench
   * @param {import('../servers/launch').Server} fault
   * @param {FramePeers} frames
   * @param {import('./dice').Dice} dice
   */
  constructor (bench, fault, frames, dice) {
    this.bench = bench
    this.fault = fault
    this.frames = frames
    this.certificates = [bench.ca, fault.ca, frames.ca]
    this.lookup = fickle(dice)
  }

  /** @param {import('./dice').Dice} dice */
  static async open (dice) {
    // Each on one thread: what is measured has the other.
    const [bench, fault, frames] = await Promise.all([launch('bench-server'), launch('fault-server'), FramePeers.open(dice.split())])
    return new Stage(bench, fault, frames, dice)
  }

  /** Where the server that behaves is reached, over each protocol. */
  get origins () {
    const { http, https, https1 } = this.bench
    return { clear: `http://127.0.0.1:${http}`, tls: `https://127.0.0.1:${https1}`, h2: `https://localhost:${https}` }
  }

  /** Where the others are. `silent` accepts and never says a word; `frames` speaks HTTP/2, and badly. */
  get faulty () {
    const { http, https, silent } = this.fault
    return {
      clear: `http://127.0.0.1:${http}`,
      tls: `https://127.0.0.1:${https}`,
      fickle: `http://${FICKLE}:${http}`,
      silent: `http://127.0.0.1:${silent}`,
      handshake: `https://127.0.0.1:${silent}`,
      frames: `https://localhost:${this.frames.port}`
    }
  }

  /**
   * Where the same server does nothing but close idle connections. By another name, so that no connection comes here that has
   * carried a fault before.
   */
  get closing () {
    const { http } = this.fault
    return { closing: `http://localhost:${http}` }
  }

  /** @param {number} number of the tenth of the run that begins */
  async turn (number) {
    await this.fault.post('/mode', MODES[number % MODES.length])
  }

  /** Has the next connections over TLS hear a reply before they ask, but for those of `origins` and `closing`. */
  async greet () {
    await this.fault.post('/greet', { connections: GREETED, tls: true })
  }

  /** Connections that the servers have open. */
  async connections () {
    const [bench, fault, frames] = await Promise.all([this.bench.stats(), this.fault.stats(), this.frames.open()])
    return bench.connections.open + fault.connections.open + frames
  }

  async close () {
    await Promise.all([this.bench.stop(), this.fault.stop(), this.frames.stop()])
  }
}

/** The process of `frame-peers.js`. */
class FramePeers {
  /**
   * @param {import('node:child_process').ChildProcess} child
   * @param {number} port
   * @param {string} ca
   */
  constructor (child, port, ca) {
    this.child = child
    this.port = port
    this.ca = ca
  }

  /** @param {number} seed */
  static async open (seed) {
    const child = fork(path.join(__dirname, 'frame-peers.js'), [String(seed)], { execArgv: [] })
    const ended = once(child, 'exit').then(([code]) => { throw new Error(`frame-peers.js ended (exit code ${code})`) })
    const [{ port, ca }] = await Promise.race([once(child, 'message'), ended])
    ended.catch(() => {})
    return new FramePeers(child, port, ca)
  }

  /** Connections that it has open. @returns {Promise<number>} */
  async open () {
    const told = once(this.child, 'message')
    this.child.send('how many')
    return (await told)[0].open
  }

  async stop () {
    const ended = once(this.child, 'exit')
    this.child.disconnect()
    await ended
  }
}

/**
 * A look-up that for one name fails, changes its mind and takes its time.
 * @param {import('./dice').Dice} dice
 */
function fickle (dice) {
  return (/** @type {string} */ host, /** @type {{ all?: boolean }} */ { all }, /** @type {Function} */ done) => {
    const address = host === FICKLE ? dice.pick(['127.0.0.1', '127.0.0.1', '127.0.0.2', null]) : '127.0.0.1'
    const answer = () => {
      if (address === null) return done(Object.assign(new Error('nowhere'), { code: 'ENOTFOUND' }))
      if (all) done(null, [{ address, family: 4 }])
      else done(null, address, 4)
    }
    if (dice.chance(0.5)) answer()
    else setTimeout(answer, dice.between(0, 50))
  }
}

module.exports = { Stage, FramePeers }
