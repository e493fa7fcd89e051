'use strict'

const { configsOf } = require('./host-pools')
const { given } = require('./given')

/** The functions of a pool's own that are asked while its connections are made: those of each section, by its place. */
class Consulted {
  /** @type {import('./ring/users').Users} */ #users
  /** By section; 0: nobody. @type {number[]} */ #numbers

  /**
   * @param {import('./ring/users').Users} users
   * @param {any} config the pool's merged options
   */
  constructor (users, config) {
    this.#users = users
    const all = configsOf(config).map(functionsOf)
    this.#numbers = all.map(functions => Object.keys(functions).length === 0 ? 0 : users.add(functions))
    /** As the engine takes them. */
    this.inputs = all.map((functions, section) => ({
      user: this.of(section), looksUp: functions.lookup !== undefined, checks: functions.checkServerIdentity !== undefined
    }))
  }

  /**
   * @param {number} section
   * @returns {number} the user's number; 0: nobody is asked
   */
  of (section) {
    return this.#numbers[section] ?? 0
  }

  /**
   * They run in the async context of the request that is being made.
   * @param {number} user not 0
   */
  follow (user) {
    this.#users.follow(user)
  }

  /** The pool is destroyed. */
  forget () {
    for (const number of this.#numbers) this.#users.forget(number)
  }
}

/**
 * @param {any} config of a section
 * @returns {import('./ring/users').Functions}
 */
function functionsOf ({ lookup, tls }) {
  return given({ lookup, checkServerIdentity: tls?.checkServerIdentity })
}

module.exports = { Consulted, functionsOf }
