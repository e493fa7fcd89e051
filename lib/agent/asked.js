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
    return name || name === '' ? name : serverNameOf(this.#req, this.host)
  }

  // These two, which each request is asked for, by their names: see `saysNothing`.
  /** @returns {any} */
  get host () { return this.#chosen('host', this.#own.host, this.#given.host) }
  /** @returns {any} */
  get port () { return this.#chosen('port', this.#own.port, this.#given.port) }

  /** @param {string} option */
  of (option) { return this.#chosen(option, this.#own[option], this.#given[option]) }

  /**
   * @param {string} option
   * @param {any} own
   * @param {any} given
   */
  #chosen (option, own, given) {
    if (own === undefined && given === undefined) return undefined
    if (Object.hasOwn(this.#own, option)) return own
    return Object.hasOwn(this.#given, option) ? given : undefined
  }

  /** Whether it says nothing of how its connection is dialled. */
  get isPlain () { return saysNothing(this.#given) && saysNothing(this.#own) }

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
 * Asked by its name each option is found at once; by a variable, each would be looked up in V8's cache of all. A test holds them against
 * the lists of `way`.
 * @param {any} options
 */
function saysNothing (options) {
  const { socketPath, localAddress, family, lookup, localPort, hints } = options
  return socketPath === undefined && localAddress === undefined && family === undefined && lookup === undefined && localPort === undefined &&
    hints === undefined && saysNothingToNode(options)
}

/**
 * The same of what only Node has.
 * @param {any} options
 */
function saysNothingToNode ({
  blockList, autoSelectFamily, autoSelectFamilyAttemptTimeout, allowHalfOpen, highWaterMark, readableHighWaterMark, writableHighWaterMark,
  objectMode, readableObjectMode, writableObjectMode, onread, fd, handle, typeOfService
}) {
  return blockList === undefined && autoSelectFamily === undefined && autoSelectFamilyAttemptTimeout === undefined && allowHalfOpen === undefined &&
    highWaterMark === undefined && readableHighWaterMark === undefined && writableHighWaterMark === undefined && objectMode === undefined &&
    readableObjectMode === undefined && writableObjectMode === undefined && onread === undefined && fd === undefined && handle === undefined &&
    typeOfService === undefined
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
