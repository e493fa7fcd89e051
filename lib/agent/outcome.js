'use strict'

const { Submission } = require('../ring/records')
const { watchSpoiled } = require('./spoiled')

/** What an exchange comes to whose connection goes before it was let go, and the error that its caller has of that. */
class Outcome {
  #known
  #tell
  /** The peer has spoiled it. */ #isSpoiled = false
  /** The engine has told the last of it. */ #isClosed = false
  /** The error that its caller has had. @type {Error & { code?: unknown } | null} */ #met = null

  /**
   * @param {() => { origin: string, written: number }} known of its connection, and the bytes of the request that it took
   * @param {(error: Error) => void} tell of what it failed by, once the engine has counted that and its caller has it
   */
  constructor (known, tell) {
    this.#known = known
    this.#tell = tell
  }

  /**
   * Its connection goes.
   * @param {any} req its request, if it has one
   * @returns {number} what it came to, as the engine is told
   */
  cameTo (req) {
    if (req?.res?.complete === true) return Submission.WHOLE
    // Destroyed already, it was by its caller: what comes from the peer comes to the socket first.
    const isGivenUp = req?.destroyed !== false || req.res?.destroyed === true
    if (isGivenUp && this.#met === null) return 0
    if (this.#met === null) this.watch(req)
    this.#isSpoiled = true
    return this.#met?.code === 'ERR_POOL_CONNECT_TIMEOUT' ? Submission.TIMED_OUT : Submission.SPOILED
  }

  /** What Node makes of a spoiled exchange comes just before the end of its socket or just after. @param {any} req */
  watch (req) {
    watchSpoiled(req, this.#known(), error => this.meet(error))
  }

  /** Its caller has, or is about to have, this error. @param {Error} error */
  meet (error) {
    const isFirst = this.#met === null
    this.#met ??= error
    if (isFirst && this.#isClosed) this.#tellIfSpoiled()
  }

  /** The engine has told the last of it. */
  closed () {
    this.#isClosed = true
    this.#tellIfSpoiled()
  }

  #tellIfSpoiled () {
    if (this.#isSpoiled && this.#met !== null) this.#tell(this.#met)
  }
}

module.exports = { Outcome }
