'use strict'

// An interceptor's answer as a reply. It was mostly a reply before, fetched or recorded, and speaks of how that crossed its
// connection, which is nothing to the one that is played.

const { badInput, shown } = require('./errors')
const { BAD_VALUE, addAll, anyNameOf, valueOf } = require('./headers')
const { Submission } = require('./ring/records')
const { outgoing } = require('./upload')

/** Of the connection that it came by (RFC 9110, 7.6.1), and how it was framed there. */
const CROSSING = ['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding']
/** What the engine takes from a reply whose coding it undoes, but for fetch, which shows it. */
const CODING = ['content-encoding', 'content-length']

/** The lines of a reply's head: `\nname\nvalue…`. */
class ReplyLines {
  text = ''
  hasType = false

  /** @param {Set<string>} dropped names */
  constructor (dropped) {
    this.dropped = dropped
  }

  /**
   * @param {unknown} name
   * @param {unknown} value
   */
  add (name, value) {
    if (value === undefined) return
    const lower = anyNameOf(name)
    if (this.dropped.has(lower)) return
    this.hasType ||= lower === 'content-type'
    for (const one of Array.isArray(value) ? value : [value]) this.text += `\n${lower}\n${valueOf(lower, one)}`
  }
}

/**
 * @param {any} answer a Response, or what looks like one
 * @param {number} keep what of a content coding the request keeps
 * @returns {import('./stage').Played}
 */
function playable (answer, keep) {
  if (typeof answer !== 'object') throw wrong('an object', answer)
  const status = answer.statusCode ?? answer.status
  if (!Number.isInteger(status) || status < 200 || status > 599) throw wrong('an object whose statusCode is an integer from 200 to 599', status)
  const statusText = answer.statusText ?? ''
  if (typeof statusText !== 'string') throw wrong('an object whose statusText is a string', statusText)
  if (BAD_VALUE.test(statusText)) throw wrong('an object whose statusText has no character that a reason phrase may not have', statusText)
  const isUndone = keep !== Submission.KEEP_FIELDS && isDecoded(answer)
  const lines = addAll(new ReplyLines(new Set(isUndone ? [...CROSSING, ...CODING] : CROSSING)), answer.headers)
  const body = outgoing(answer.body)
  // As a Response has it that is made of such a body.
  if (body.contentType !== undefined && !lines.hasType) lines.add('content-type', body.contentType)
  return { status, head: statusText + lines.text, body }
}

/**
 * Whoever makes a Response of what came coded has decoded its body, and left the headers as they came.
 * @param {any} answer
 */
function isDecoded (answer) {
  if (answer[Symbol.toStringTag] !== 'Response') return false
  return (answer.headers?.get('content-encoding') ?? null) !== null
}

/**
 * @param {string} wanted
 * @param {unknown} given
 */
function wrong (wanted, given) {
  return badInput(TypeError, 'ERR_INVALID_RETURN_VALUE', `An interceptor must answer with ${wanted}, or with undefined to let the request pass; received ${shown(given)}`)
}

module.exports = { playable }
