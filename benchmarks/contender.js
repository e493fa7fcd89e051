'use strict'

const { once } = require('node:events')
const { nativeChannel, nodeChannel } = require('./channel')

/** The client that is no Node: the practical limit. */
const NATIVE = 'hyper'

/** Longest time that a process has to end. */
const CLOSE_MS = 30_000

/**
 * @typedef {object} Surroundings
 * @property {readonly string[]} [nodeFlags] of the process
 * @property {Record<string, string>} [variables] of its environment, over those of this one
 * @property {number} [cpu] the only one that it may use
 * @property {number} [patienceMs] longest time for an answer, without end unless given
 */

/** A client of the comparison, in a process of its own: what one costs is never charged to another. */
class Contender {
  version = ''
  #channel
  #exited
  #patienceMs

  /**
   * @param {string} name a key of `contenders`, or the native one
   * @param {Surroundings} [surroundings]
   */
  constructor (name, surroundings = {}) {
    this.name = name
    this.#channel = name === NATIVE ? nativeChannel(surroundings) : nodeChannel(surroundings)
    // From the first moment on: a process that ends between two orders is heard of by the next.
    this.#exited = once(this.#channel.child, 'exit')
    this.#exited.catch(() => {})
    this.#patienceMs = surroundings.patienceMs
  }

  /**
   * @param {string} origin
   * @param {import('./contenders').Setting} setting
   */
  async open (origin, setting) {
    const { version } = await this.#ask({ order: 'open', name: this.name, origin, setting })
    this.version = version
  }

  /**
   * @param {import('./child/load').Load} load
   * @returns {Promise<Figures>}
   */
  load (load) {
    return this.#ask({ order: 'load', ...load })
  }

  /**
   * @param {import('./child/pace').Pace} pace
   * @returns {Promise<Figures>}
   */
  pace (pace) {
    return this.#ask({ order: 'pace', pace })
  }

  /**
   * @param {import('./child/race').Race} race
   * @returns {ReturnType<typeof import('./child/race').run>}
   */
  race (race) {
    return this.#ask({ order: 'race', race })
  }

  /**
   * Connections of a client made for them.
   * @param {string} origin
   * @param {import('./contenders').Setting} setting
   * @param {import('./child/dials').Dials} dials
   * @returns {ReturnType<typeof import('./child/dials').dial>}
   */
  dial (origin, setting, dials) {
    return this.#ask({ order: 'dial', name: this.name, origin, setting, dials })
  }

  /**
   * @param {import('./child/transfer').Transfer} transfer
   * @returns {ReturnType<typeof import('./child/transfer').carry>}
   */
  transfer (transfer) {
    return this.#ask({ order: 'transfer', transfer })
  }

  /**
   * @param {import('./child/streams').Streams} streams
   * @returns {ReturnType<typeof import('./child/streams').read>}
   */
  streams (streams) {
    return this.#ask({ order: 'streams', streams })
  }

  /**
   * What the process holds after a garbage collection.
   * @returns {Promise<{rssMegabytes: number, reservedMegabytes: number, heapMegabytes: number, externalMegabytes: number}>}
   */
  memory () {
    return this.#ask({ order: 'memory' })
  }

  /** Closes the client and ends its process. */
  async close () {
    await this.#ask({ order: 'close' })
    this.#channel.end()
    const timer = setTimeout(() => this.#channel.child.kill('SIGKILL'), this.#patienceMs ?? CLOSE_MS)
    const [, signal] = await this.#exited
    clearTimeout(timer)
    if (signal !== null) throw new Error(`the process of ${this.name} did not end`)
  }

  /** Ends its process, whatever it does. */
  async kill () {
    this.#channel.child.kill('SIGKILL')
    await this.#exited
  }

  /** @param {object} order */
  async #ask (order) {
    const { name } = this
    const ended = new AbortController()
    const { signal } = ended
    const exit = this.#exited.then(([code, by]) => {
      throw new Error(`the process of ${name} ended (${by ?? `exit code ${code}`})`)
    })
    const answer = this.#channel.ask(order, signal)
    const timer = this.#patienceMs === undefined
      ? undefined
      : setTimeout(() => this.#channel.child.kill('SIGKILL'), this.#patienceMs)
    try {
      const { result, error } = await Promise.race([answer, exit])
      if (error !== undefined) throw new Error(`${name}: ${error}`)
      return result
    } finally {
      clearTimeout(timer)
      for (const other of [answer, exit]) other.catch(() => {})
      ended.abort()
    }
  }
}

/** @typedef {ReturnType<import('./child/window').Window['close']>} Figures */

module.exports = { NATIVE, Contender }
