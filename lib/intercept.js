'use strict'

// Answers in JavaScript, in the engine's place: for a user's own tests, and for nights when a server is not to be asked.

const { INSIDE } = require('./inside')
const { badInput, shown } = require('./errors')
const { decode, encode } = require('./headers')
const { Submission } = require('./ring/records')
const { outgoing } = require('./upload')

/** Bytes of an answer that may wait for their reader. */
const WINDOW = 256 * 1024

/** @typedef {(request: any) => any} Answer */

/** Those who may answer a pool's requests. Who came last is asked first; the first that answers is heard. */
class Interceptors {
  /** @type {Answer[]} */ #answers = []

  /**
   * @param {import('./pool').ConnectionPoolManager} pool
   * @param {unknown} answer
   * @returns {() => void} the undo
   */
  static add (pool, answer) {
    if (typeof answer !== 'function') throw badInput(TypeError, 'ERR_INVALID_ARG_TYPE', `fn must be a function; received ${shown(answer)}`)
    const inside = pool[INSIDE]
    const all = inside.interceptors ??= new Interceptors()
    // Wrapped, so that a function which was added twice is taken away once by each undo.
    const own = /** @type {Answer} */ request => answer(request)
    all.#answers.unshift(own)
    return () => {
      all.#answers = all.#answers.filter(one => one !== own)
      if (all.#answers.length === 0 && inside.interceptors === all) inside.interceptors = null
    }
  }

  /**
   * @param {import('./exchange').Exchange} exchange
   * @param {import('./send').Ready} ready
   * @param {() => void} carry sends it on
   */
  decide (exchange, ready, carry) {
    const { submissions } = exchange
    const stage = new Stage(exchange)
    exchange.submissions = /** @type {any} */ (stage)
    this.#ask(shownRequest(ready)).then(answer => {
      if (stage.isOver) return
      if (answer !== undefined) return stage.play(answer, ready.method)
      exchange.submissions = submissions
      carry()
    }).catch(error => { stage.fail(error) })
  }

  /** @param {object} request */
  async #ask (request) {
    for (const answer of this.#answers) {
      const answered = await answer(request)
      if (answered !== undefined && answered !== null) return answered
    }
    return undefined
  }
}

/**
 * What an interceptor is shown.
 * @param {import('./send').Ready} ready
 */
function shownRequest ({ place, target, method, lines, body, signal }) {
  const url = new URL(place + target)
  url.username = url.password = ''
  return { url: url.href, method, headers: decode(lines.substring(1)), body: body.bytes ?? body.stream, signal }
}

/** Tells an exchange what the engine would tell it. */
class Stage {
  /** @type {import('./exchange').Exchange} */ #exchange
  isOver = false
  #unread = 0
  /** Wakes who waits for the reader. @type {(() => void) | null} */ #go = null

  /** @param {import('./exchange').Exchange} exchange */
  constructor (exchange) {
    this.#exchange = exchange
  }

  /**
   * What the exchange tells the engine.
   * @param {number} kind
   * @param {number} _handle
   * @param {number} [argument]
   */
  note (kind, _handle, argument = 0) {
    if (kind === Submission.CREDIT) this.#unread -= argument
    else if (kind === Submission.ABORT) this.isOver = true
    else if (kind === Submission.DUMP) this.#end()
    this.#go?.()
  }

  #end () {
    if (this.isOver) return
    this.isOver = true
    this.#exchange.onEnd('')
  }

  /** @param {unknown} error as the interceptor threw it */
  fail (error) {
    if (this.isOver) return
    this.isOver = true
    this.#exchange.never(error)
  }

  /**
   * @param {any} answer a Response, or what looks like one
   * @param {string} method
   */
  async play (answer, method) {
    const { status, head, body } = headOf(answer)
    const { bytes, stream } = outgoing(body)
    const exchange = this.#exchange
    if (stream === null || method === 'HEAD') {
      this.isOver = true
      return exchange.onReply(status, head, bytes === null || method === 'HEAD' ? '' : Buffer.from(/** @type {any} */ (bytes)))
    }
    exchange.onHead(status, head)
    try {
      for await (const chunk of stream) {
        if (this.isOver) return
        const piece = Buffer.from(/** @type {any} */ (chunk))
        this.#unread += piece.length
        exchange.onData(piece)
        while (this.#unread > WINDOW && !this.isOver) await new Promise(resolve => { this.#go = () => resolve(undefined) })
      }
      this.#end()
    } catch (error) {
      this.fail(error)
    }
  }
}

/** @param {any} answer */
function headOf (answer) {
  if (typeof answer !== 'object') throw wrong('an object', answer)
  const status = answer.statusCode ?? answer.status
  if (!Number.isInteger(status) || status < 200 || status > 599) throw wrong('an object whose statusCode is an integer from 200 to 599', status)
  const lines = encode(answer.headers)
  const length = lines.contentLength === undefined ? '' : `\ncontent-length\n${lines.contentLength}`
  return { status, head: `${answer.statusText ?? ''}${lines.text}${length}`, body: answer.body }
}

/**
 * @param {string} wanted
 * @param {unknown} given
 */
function wrong (wanted, given) {
  return badInput(TypeError, 'ERR_INVALID_RETURN_VALUE', `An interceptor must answer with ${wanted}, or with undefined to let the request pass; received ${shown(given)}`)
}

module.exports = { Interceptors }
