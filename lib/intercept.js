'use strict'

// Answers in JavaScript, in the engine's place: for a user's own tests, and for nights when a server is not to be asked.

const { Allowance } = require('./allowance')
const { INSIDE } = require('./inside')
const { badInput, shown } = require('./errors')
const { decode } = require('./headers')
const { playable } = require('./playable')
const { Stage } = require('./stage')
const { outgoing, stop } = require('./upload')

/** @typedef {(request: any) => any} Answer */

/** Those who may answer a pool's requests. Who came last is asked first; the first that answers is heard. */
class Interceptors {
  /** @type {import('./inside').Inside} */ #inside
  /** @type {Answer[]} */ #answers = []

  /** @param {import('./inside').Inside} inside */
  constructor (inside) {
    this.#inside = inside
  }

  /**
   * @param {import('./pool').ConnectionPoolManager} pool
   * @param {unknown} answer
   * @returns {() => void} the undo
   */
  static add (pool, answer) {
    if (typeof answer !== 'function') throw badInput(TypeError, 'ERR_INVALID_ARG_TYPE', `fn must be a function; received ${shown(answer)}`)
    const inside = pool[INSIDE]
    const all = inside.interceptors ??= new Interceptors(inside)
    // Wrapped, so that a function which was added twice is taken away once by each undo.
    const own = /** @type {Answer} */ request => answer(request)
    // Anew, as in the undo: who is asked at this moment is asked once, whoever comes meanwhile.
    all.#answers = [own, ...all.#answers]
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
    const { body } = ready
    // A copy: it is sent later than the caller has asked for.
    if (body.bytes !== null && typeof body.bytes !== 'string') ready.body = { ...body, bytes: Buffer.from(body.bytes) }
    const allowance = new Allowance(ready, this.#inside)
    const stage = new Stage(exchange, this.#inside.flights, allowance)
    exchange.submissions = /** @type {any} */ (stage)
    this.#ask(shownRequest(ready), stage).then(answer => {
      if (stage.isOver) return discard(answer)
      if (answer !== undefined) return stage.play(played(answer, ready.keep), ready.method)
      stage.leave()
      allowance.leaveTo(ready)
      exchange.submissions = submissions
      try {
        carry()
      } catch (error) {
        exchange.never(error)
      }
    }).catch(error => { stage.fail(error) })
  }

  /**
   * @param {object} request
   * @param {Stage} stage where nobody is asked any more once it is over
   */
  async #ask (request, stage) {
    for (const answer of this.#answers) {
      const answered = await answer(request)
      if (stage.isOver || (answered !== undefined && answered !== null)) return answered
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

/**
 * @param {any} answer
 * @param {number} keep
 */
function played (answer, keep) {
  try {
    return playable(answer, keep)
  } catch (error) {
    discard(answer)
    throw error
  }
}

/** An answer that came when nobody waited for it any more. @param {any} answer */
function discard (answer) {
  const { stream } = outgoing(answer?.body)
  if (stream !== null) stop(stream, null)
}

module.exports = { Interceptors }
