'use strict'

const { fork } = require('node:child_process')
const { once } = require('node:events')
const path = require('node:path')

const CHILD = path.join(__dirname, 'child', 'main.js')

/** A client of the comparison, in a process of its own: what one costs is never charged to another. */
class Contender {
  version = ''

  /**
   * @param {string} name a key of `contenders`
   * @param {readonly string[]} [nodeFlags] of its process
   * @param {Record<string, string>} [variables] of its environment, over those of this one
   */
  constructor (name, nodeFlags = [], variables = {}) {
    this.name = name
    this.child = fork(CHILD, [], { execArgv: ['--expose-gc', ...nodeFlags], env: { ...process.env, ...variables } })
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
    return this.#ask({ order: 'load', load })
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
    this.child.disconnect()
    await once(this.child, 'exit')
  }

  /** @param {object} order */
  async #ask (order) {
    const { child, name } = this
    const ended = new AbortController()
    const answer = once(child, 'message', ended)
    const exit = once(child, 'exit', ended).then(([code, signal]) => {
      throw new Error(`the process of ${name} ended (${signal ?? `exit code ${code}`})`)
    })
    child.send(order)
    try {
      const [{ result, error }] = await Promise.race([answer, exit])
      if (error !== undefined) throw new Error(`${name}: ${error}`)
      return result
    } finally {
      exit.catch(() => {})
      ended.abort()
    }
  }
}

/** @typedef {ReturnType<import('./child/window').Window['close']>} Figures */

module.exports = { Contender }
