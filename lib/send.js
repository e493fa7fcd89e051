'use strict'

// What every way in shares once a request is prepared: it goes to the engine, or round it, and whoever watches is told.

const { INSIDE } = require('./inside')
const abort = require('./abort')
const { badInput } = require('./errors')
const { observe } = require('./observe/channels')
const { Submission } = require('./ring/records')
const { Unsent } = require('./unsent')
const { Upload } = require('./upload')

/**
 * A request with which nothing is wrong any more.
 * @typedef {object} Ready
 * @property {string} place the origin, as in the URL
 * @property {import('./origins').KnownOrigin} origin
 * @property {string} method
 * @property {string} target path and query
 * @property {string} lines `\nname\nvalue…`
 * @property {import('./upload').Outgoing} body
 * @property {number | undefined} length of a streamed body, where it is known
 * @property {abort.Signal | undefined} signal
 * @property {number[] | undefined} timeouts
 * @property {number} keep what of a content coding is kept
 * @property {boolean} isAnew it goes out on a connection that is opened for it
 */

/** @typedef {new (...args: ConstructorParameters<typeof import('./exchange').Exchange>) => import('./exchange').Exchange} ExchangeKind */

/**
 * @param {import('./pool').ConnectionPoolManager} pool
 * @param {Ready} ready
 * @param {ExchangeKind} Kind what its answer becomes
 * @param {(reply: any) => void} resolve
 * @param {(error: unknown) => void} reject
 */
function send (pool, ready, Kind, resolve, reject) {
  const { signal } = ready
  if (signal !== undefined && abort.isAborted(signal)) throw abort.reasonOf(signal)
  const inside = pool[INSIDE]
  const { ring, events, flights, interceptors } = inside
  const seen = observe(ready, inside)
  const exchange = new Kind(ring.submissions, resolve, reject, signal, events)
  exchange.seen = seen
  exchange.flights = flights
  flights.begin()
  if (ready.body.stream !== null) exchange.upload = new Unsent(exchange, ready.body.stream)
  try {
    if (seen !== null) seen.request.settle()
    if (interceptors !== null) interceptors.decide(exchange, ready, () => carry(pool, ready, exchange))
    else carry(pool, ready, exchange)
  } catch (error) {
    // Its signal would tell of it otherwise, though it never began.
    exchange.never(error)
  }
}

/**
 * @param {import('./pool').ConnectionPoolManager} pool
 * @param {Ready} ready
 * @param {import('./exchange').Exchange} exchange
 */
function carry (pool, ready, exchange) {
  const { body, length } = ready
  const { seen } = exchange
  const head = `${ready.method}\n${ready.target}${ready.lines}`
  const { ring, bypass, flights } = pool[INSIDE]
  const { longestHead } = ring.submissions
  if (head.length > longestHead) {
    throw badInput(RangeError, 'ERR_OUT_OF_RANGE', `The request's head must be at most ${longestHead} characters; received ${head.length}`)
  }
  if (bypass !== null) return around(bypass, ready, head, exchange)
  // First, since a stream that is locked throws.
  const upload = body.stream === null ? exchange.upload : new Upload(seen === null ? ring : seen.pushing(ring), exchange, body, length)
  const handle = exchange.handle = ring.handles.open(exchange)
  if (seen !== null) seen.carried()
  exchange.upload = upload
  exchange.standing = flights.standing
  ring.submissions.request(handle, ready.origin.number, head, body.bytes,
    ready.keep | (body.stream === null ? 0 : Submission.BODY_STREAM) | (ready.isAnew ? Submission.ANEW : 0),
    body.stream === null ? 0 : length, ready.timeouts)
}

/**
 * The same by Node's own client.
 * @param {import('./bypass/bypass').Bypass} bypass
 * @param {Ready} ready
 * @param {string} head
 * @param {import('./exchange').Exchange} exchange
 */
function around (bypass, { place, body, length, timeouts, keep }, head, exchange) {
  const crossing = { origin: place, head, bytes: body.bytes, streamed: body.stream !== null, length, timeouts, keep }
  const { seen } = exchange
  const { carrier, start } = bypass.carry(crossing, exchange)
  if (seen !== null) seen.carried()
  if (body.stream !== null) exchange.upload = new Upload(seen === null ? carrier : seen.pushing(carrier), exchange, body, length)
  start()
}

module.exports = { send }
