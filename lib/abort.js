'use strict'

const { addAbortListener } = require('node:events')
const { badInput, shown } = require('./errors')

/** @typedef {{ aborted (reason: unknown): void }} Abortable */
/** @typedef {AbortSignal | import('node:events').EventEmitter} Signal */

/**
 * Who is to be told, by signal. One listener serves any number of requests: a thousand in flight on one
 * signal are no leak and raise no MaxListeners warning.
 * @type {WeakMap<Signal, {members: Set<Abortable>, listener: () => void}>}
 */
const watched = new WeakMap()

/**
 * @param {unknown} signal
 * @returns {Signal | undefined}
 */
function checked (signal) {
  if (signal === undefined || signal === null) return undefined
  // Both halves are asked for: from a signal that cannot be left, its request would not settle.
  if (typeof signal === 'object' && (has(signal, 'addEventListener', 'removeEventListener') || has(signal, 'once', 'removeListener'))) {
    return /** @type {Signal} */ (signal)
  }
  throw badInput(TypeError, 'ERR_INVALID_ARG_TYPE', `signal must be an AbortSignal or an EventEmitter; received ${shown(signal)}`)
}

/**
 * @param {object} signal
 * @param {string[]} methods
 */
function has (signal, ...methods) {
  return methods.every(name => name in signal)
}

/** @param {Signal} signal */
function isAborted (signal) {
  return 'aborted' in signal && signal.aborted === true
}

/** @param {Signal} signal */
function reasonOf (signal) {
  const reason = 'reason' in signal ? signal.reason : undefined
  // Null is a reason like any other.
  return reason === undefined ? new DOMException('This operation was aborted', 'AbortError') : reason
}

/**
 * @param {Signal} signal
 * @param {Abortable} member
 */
function watch (signal, member) {
  const entry = watched.get(signal)
  if (entry !== undefined) {
    entry.members.add(member)
    return
  }
  const members = new Set([member])
  const listener = () => {
    watched.delete(signal)
    const reason = reasonOf(signal)
    for (const one of members) one.aborted(reason)
  }
  watched.set(signal, { members, listener })
  // Another's listener cannot keep the news from it: the standard's abort comes before the event (DOM, 3.2).
  if (signal instanceof AbortSignal) addAbortListener(signal, listener)
  else if ('addEventListener' in signal) /** @type {any} */ (signal).addEventListener('abort', listener, { once: true })
  else signal.once('abort', listener)
}

/**
 * The last one to leave takes the listener along.
 * @param {Signal} signal
 * @param {Abortable} member
 */
function unwatch (signal, member) {
  const entry = watched.get(signal)
  if (entry === undefined || !entry.members.delete(member) || entry.members.size > 0) return
  watched.delete(signal)
  if ('removeEventListener' in signal) signal.removeEventListener('abort', entry.listener)
  else signal.removeListener('abort', entry.listener)
}

module.exports = { checked, isAborted, reasonOf, watch, unwatch }
