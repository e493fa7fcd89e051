'use strict'

const { getEventListeners } = require('node:events')
const { causeOf, isMistake, isOfAbort } = require('./verdicts')

/** What a busy event loop and a busy machine may add to a request's own time. */
const GRACE_MS = 10_000
const LOOK_EVERY_MS = 500

/** One request, from its start to its end. */
class Call {
  /** How far it came: what the watchdog names. */
  phase = 'started'
  /** Set while its signal is to be, or was, aborted. @type {AbortController | null} */ controller = null
  /** The signal that the pool was given, if that is not the controller's own. @type {AbortSignal | null} */ listened = null
  /** Whether its end was brought about on purpose, so that the error of an abort is right. */
  isProvoked = false
  /** Whether the server misbehaves, so that any error is right but a mistake of our own. */ isFaulty = false
  /** Whether a connection that just closes may fail it. */ isUnsafe = false
  /** Whether it goes on behind the scenes when its caller has left it. */ isLeft = false
  isNamed = false
  /** What it may wait for those before it, once it was given up. */ turnMs = 0
  /** Says that it came to its end again. */ twice = () => {}
  /** @type {NodeJS.Timeout | undefined} */ abortion

  /**
   * @param {string} name of the kind of traffic, and where it goes
   * @param {number} patienceMs within which it ends by itself, whatever the server does
   * @param {import('./roster').Kept} kept the pool that carries it
   */
  constructor (name, patienceMs, kept) {
    this.name = name
    this.patienceMs = patienceMs
    this.kept = kept
    this.begun = performance.now()
  }

  /** Aborts it at some moment, if it is still there. @param {number} afterMs */
  abortAfter (afterMs) {
    const controller = this.controller = new AbortController()
    this.abortion = setTimeout(() => {
      this.isProvoked = true
      controller.abort()
    }, afterMs)
    return controller.signal
  }

  get isLate () {
    return performance.now() - this.begun > this.patienceMs + this.turnMs + GRACE_MS
  }

  get age () {
    return Math.round(performance.now() - this.begun)
  }
}

/** All requests under way, and what became of those that are over. */
class Calls {
  /** @type {Set<Call>} */ open = new Set()
  /** By outcome. @type {Map<string, number>} */ outcomes = new Map()
  /** By kind of traffic. @type {Map<string, number>} */ kinds = new Map()
  settled = 0
  /** The sentences that make a run fail. */ faults = new Faults()
  #watch

  constructor () {
    this.#watch = setInterval(() => this.#look(), LOOK_EVERY_MS)
    this.#watch.unref()
  }

  /**
   * @param {Call} call
   * @param {() => Promise<void>} live
   */
  async follow (call, live) {
    this.open.add(call)
    call.twice = () => this.faults.add(`ended twice: ${call.name}`)
    let outcome = 'ok'
    try {
      await live()
    } catch (error) {
      outcome = this.#read(call, error)
    }
    this.settle(call, outcome)
  }

  /**
   * @param {Call} call
   * @param {string} outcome
   */
  settle (call, outcome) {
    this.open.delete(call)
    clearTimeout(call.abortion)
    this.settled++
    count(this.outcomes, outcome)
    count(this.kinds, call.name.split(' ', 1)[0])
    const { controller } = call
    const signal = call.listened ?? controller?.signal
    if (signal !== undefined && !call.isLeft) setImmediate(() => this.#unlistened(call, signal))
  }

  /** A request that is over has left its signal. @param {Call} call @param {AbortSignal} signal */
  #unlistened (call, signal) {
    const left = getEventListeners(signal, 'abort').length
    if (left > 0 && !signal.aborted) this.faults.add(`${left} listeners left on the signal of ${call.name}`)
  }

  /**
   * What an error is counted as; one that nobody brought about is a fault.
   * @param {Call} call
   * @param {any} error
   */
  #read (call, error) {
    const cause = causeOf(error)
    if (cause instanceof Wrong) {
      this.faults.add(`${call.name}: ${cause.message}`)
      return 'wrong'
    }
    const code = String(cause?.code ?? cause?.name ?? cause)
    if (isMistake(error)) {
      this.faults.add(`${call.name} failed by a mistake, in phase ${call.phase}: ${code} ${cause?.stack}`)
      return 'mistake'
    }
    if (call.isProvoked && isOfAbort(error, call.controller?.signal.reason, call.name.startsWith('agent'))) return 'aborted'
    if (call.kept.isGone && GONE.has(code)) return 'destroyed'
    if (!call.isFaulty && !call.kept.mayFail(code) && !(cause?.mayHaveBeenProcessed && call.isUnsafe)) {
      this.faults.add(`${call.name} failed without a reason, in phase ${call.phase}: ${code} ${cause?.message}`)
    }
    return code
  }

  #look () {
    for (const call of this.open) {
      if (!call.isLate || call.isNamed) continue
      call.isNamed = true
      this.faults.add(`not settled after ${call.age} ms (its time was ${call.patienceMs} ms): ${call.name} in phase ${call.phase}; ${call.kept.standing()}`)
    }
  }

  stop () {
    clearInterval(this.#watch)
  }
}

const GONE = new Set(['ERR_POOL_DESTROYED', 'ERR_POOL_DRAINING', 'ECONNRESET'])

/** A reply that is not what the server sent: never right, whatever else went on. */
class Wrong extends Error {}

/** Sentences, each once, with how often it came. */
class Faults {
  /** @type {Map<string, number>} */ #all = new Map()

  /** @param {string} sentence */
  add (sentence) {
    if (this.#all.size < MOST_SENTENCES || this.#all.has(sentence)) count(this.#all, sentence)
    if (this.#all.get(sentence) === 1) process.stderr.write(`✗ ${sentence}\n`)
  }

  get size () {
    return this.#all.size
  }

  [Symbol.iterator] () {
    return this.#all.entries()
  }
}

const MOST_SENTENCES = 200

/** @param {Map<string, number>} counts @param {string} name */
function count (counts, name) {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}

module.exports = { Call, Calls, Wrong }
