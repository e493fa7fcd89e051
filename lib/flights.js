'use strict'

const { Standing } = require('./ring/standing')

/**
 * The calls that a pool has taken on and that are not over: a fetch with all its redirects is one, and a reply is over with the
 * last byte of its body. Who drains the pool waits until there is none.
 */
class Flights {
  #count = 0
  /** Calls that end with no engine's word, and are cut by name. @type {Set<{ cut (): void }>} */ staged = new Set()
  /** Calls at work now that were taken on before. */ #nested = 0
  /** Those of them that wait for their consumers alone. */ standing
  /** Who waits for the last. @type {(() => void) | null} */ #landed = null
  /** @type {Promise<void> | null} */ #none = null

  /** @param {{ stand: (by: number) => void }} submissions */
  constructor (submissions) {
    this.standing = new Standing(submissions)
  }

  /** Whether what comes now is refused. */
  get areClosed () {
    return this.#none !== null && this.#nested === 0
  }

  /** Whether all has landed and nothing more is taken on. */
  get areOver () {
    return this.#none !== null && this.#count === 0
  }

  begin () {
    this.#count++
  }

  end () {
    this.#count--
    if (this.#count === 0) this.#landed?.()
  }

  /**
   * Has a call that is in flight ask for what belongs to it, such as the next step of a redirect.
   * @template Result
   * @param {() => Result} act
   * @returns {Result}
   */
  within (act) {
    this.#nested++
    try {
      return act()
    } finally {
      this.#nested--
    }
  }

  /** Takes nothing on from now on; resolves when all has landed. */
  close () {
    this.#none ??= new Promise(resolve => {
      this.#landed = resolve
      if (this.#count === 0) resolve()
    })
    return this.#none
  }

  /** What is in flight is cut, and nobody waits for it. */
  cut () {
    this.standing.end()
    for (const one of this.staged) one.cut()
    this.#landed?.()
  }
}

module.exports = { Flights }
