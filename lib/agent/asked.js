'use strict'

const { isIP } = require('node:net')

/**
 * What a request asks of its agent: its options, and over them the agent's own, as Node's agents have it. They are put together
 * only for whoever wants them whole, for that costs as much as all else that an agent of ours does for a request.
 */
class Asked {
  /** @type {any} */ #given
  /** @type {any} */ #own
  /** @type {any} */ #req
  /** @type {any} */ #whole = null
  /** @type {any} */ #servername = null

  /**
   * @param {any} req
   * @param {any} given the request's options
   * @param {any} own the agent's
   */
  constructor (req, given, own) {
    this.#req = req
    this.#given = given
    this.#own = own
  }

  /** The name that TLS asks for. @returns {any} */
  get servername () {
    this.#servername ??= this.#named()
    return this.#servername
  }

  #named () {
    const name = this.of('servername')
    return name || name === '' ? name : serverNameOf(this.#req, this.of('host'))
  }

  /** @param {string} option */
  of (option) {
    const [given, own] = [this.#given, this.#own]
    if (own[option] !== undefined || given[option] !== undefined) {
      if (Object.hasOwn(own, option)) return own[option]
      if (Object.hasOwn(given, option)) return given[option]
    }
    return undefined
  }

  /** All of them, in one object that is always the same. */
  get whole () {
    this.#whole ??= this.#together()
    return this.#whole
  }

  #together () {
    const together = { __proto__: null, ...this.#given, ...this.#own, servername: this.servername }
    if (together.socketPath) together.path = together.socketPath
    return together
  }
}

/**
 * The name that TLS asks for, as Node has it: that of the `Host` field, if it is one.
 * @param {any} req
 * @param {any} host
 * @returns {string}
 */
function serverNameOf (req, host) {
  const field = req.getHeader('host')
  const name = field ? /^\[([^\]]*)\]|^[^:]*/.exec(String(field)) : null
  const chosen = name === null ? host : name[1] ?? name[0]
  return isIP(chosen) === 0 ? chosen : ''
}

module.exports = { Asked }
/** @typedef {Asked} AskedType */
