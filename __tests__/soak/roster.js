'use strict'

const { ConnectionPoolManager } = require('../..')

/** A pool that is in use, and what is known of how it was made and ended. */
class Kept {
  isGone = false
  /** @type {NodeJS.Timeout | undefined} */ timer

  /**
   * @param {any} options
   * @param {string} name
   */
  constructor (options, name) {
    this.pool = new ConnectionPoolManager(options)
    this.options = options
    this.name = name
  }

  /** Whether its own options let a request fail so. @param {string} code */
  mayFail (code) {
    return (code === 'ERR_POOL_QUEUE_TIMEOUT' && this.options.queueTimeout > 0) || (code === 'ERR_POOL_CONNECT_TIMEOUT' && this.options.connectTimeout <= 1000)
  }

  /** How it stands, for whoever looks for the cause of something. */
  standing () {
    const { currentPoolSize, connecting, oldestWaitMs, agents: { http, https } } = this.pool.getMetrics()
    return `${this.name}${this.isGone ? ' (ended)' : ''}: ${currentPoolSize} open, ${connecting} being opened, ${http.active + https.active} active, ` +
      `${http.pending + https.pending} waiting for up to ${Math.round(oldestWaitMs)} ms`
  }

  /** What its books lack of being right; null: nothing. */
  fault () {
    const { connectionsCreated, connectionsDestroyed, detached, currentPoolSize } = this.pool.getMetrics()
    const open = connectionsCreated - connectionsDestroyed - detached
    if (open !== currentPoolSize) {
      return `${this.name}: ${connectionsCreated} created − ${connectionsDestroyed} destroyed − ${detached} detached = ${open}, and ${currentPoolSize} are open`
    }
    return null
  }

  /** @param {boolean} gently */
  end (gently) {
    this.isGone = true
    if (gently) void this.pool.drain()
    else this.pool.destroy()
  }
}

/** The pools of a run: some at any time, none for long. */
class Roster {
  /** @type {Kept[]} */ #open = []
  /** Ended, until their last connection is closed. @type {Kept[]} */ #ended = []
  made = 0

  /**
   * @param {import('./dice').Dice} dice
   * @param {import('./stage').Stage} stage
   * @param {(sentence: string) => void} fault
   */
  constructor (dice, stage, fault) {
    this.dice = dice
    this.stage = stage
    this.fault = fault
  }

  /** One of those that are open. */
  pick () {
    while (this.#open.length < AT_ONCE) this.#open.push(this.#make())
    return this.dice.pick(this.#open)
  }

  /** One that nobody else uses. */
  fresh () {
    return new Kept({ ...optionsOf(this.dice, this.stage), queueTimeout: 0, connectTimeout: LONGEST_DIAL_MS }, 'a pool of its own')
  }

  #make () {
    const { dice } = this
    this.made++
    const kept = new Kept(optionsOf(dice, this.stage), `pool ${this.made}`)
    kept.timer = setTimeout(() => this.#end(kept, dice.chance(DRAINED)), dice.between(...LIFE_MS))
    return kept
  }

  /** @param {Kept} kept @param {boolean} gently */
  #end (kept, gently) {
    this.#open = this.#open.filter(one => one !== kept)
    this.#ended.push(kept)
    kept.end(gently)
  }

  /** Ends all. */
  clear () {
    for (const kept of this.#open) {
      clearTimeout(kept.timer)
      this.#end(kept, false)
    }
    for (const kept of this.#ended) kept.pool.destroy()
  }

  /** Looks at the books of all; forgets those that are closed. Gives what is open in all. */
  audit () {
    let connections = 0
    for (const kept of [...this.#open, ...this.#ended]) {
      const fault = kept.fault()
      if (fault !== null) this.fault(fault)
      connections += kept.pool.getMetrics().currentPoolSize
    }
    this.#ended = this.#ended.filter(({ pool }) => !pool.destroyed || pool.getMetrics().currentPoolSize > 0)
    return { pools: this.#open.length, ending: this.#ended.length, connections }
  }

  /** Which of those that ended still have connections. */
  unclosed () {
    return this.#ended.filter(({ pool }) => pool.getMetrics().currentPoolSize > 0)
  }
}

const AT_ONCE = 6
/** A handshake without end keeps its place for so long, also when nobody waits for it any more. */
const LONGEST_DIAL_MS = 10_000
/** The share of pools that end by `drain()`. */
const DRAINED = 0.3
const LIFE_MS = /** @type {const} */ ([500, 8000])

/**
 * Options of all kinds that a request notices.
 * @param {import('./dice').Dice} dice
 * @param {import('./stage').Stage} stage
 */
function optionsOf (dice, stage) {
  const maxFreeSockets = dice.pick([0, 10, 200])
  const keepAlive = dice.chance(0.9)
  return {
    maxSockets: dice.pick([50, 200, 1000]),
    maxSocketsPerHost: dice.pick([20, 100, 500]),
    maxFreeSockets,
    freeSocketTimeout: dice.pick([50, 1000, 15_000]),
    keepAlive,
    scheduling: dice.pick(['lifo', 'fifo']),
    maxLifetime: dice.pick([0, 0, 1000]),
    maxRequestsPerSocket: dice.pick([0, 0, 3, 100]),
    minFreeSockets: keepAlive ? Math.min(maxFreeSockets, dice.pick([0, 0, 3])) : 0,
    queueTimeout: dice.pick([0, 0, 500]),
    allowH2: dice.chance(0.7),
    maxConcurrentStreams: dice.pick([10, 100]),
    trackMetrics: dice.chance(0.8),
    connectTimeout: dice.pick([LONGEST_DIAL_MS, LONGEST_DIAL_MS, 1000]),
    tls: { ca: stage.certificates },
    lookup: stage.lookup
  }
}

module.exports = { Roster, LONGEST_DIAL_MS }
/** @typedef {Kept} KeptType */
/** @typedef {Roster} RosterType */
