'use strict'

// The layout of what crosses, in both directions: 32-bit words, then bytes. A record starts with six words:
// kind, handle, length of the record in bytes (a multiple of 4), and three arguments.
// src/binding/records.rs holds the same table; a test compares the two.

/** Words before a record's payload. */
const HEADER_WORDS = 6

/** Records from the engine to JavaScript. */
const Completion = Object.freeze({
  /** A whole reply: status and flags, head length, body length. Final. */
  REPLY: 1,
  /** The head of a reply whose body follows: status, head length. */
  HEAD: 2,
  /** A piece of a head that did not fit the slab: –, length. */
  PART: 3,
  /** Body bytes: length, and of a raw lease, as lower and upper half on either side, what the kernel has taken of the request. */
  DATA: 4,
  /** Body bytes to be fetched by `take`: the same. */
  BULK: 5,
  /** The end of a body: –, length of the trailers. Final. */
  END: 6,
  /** A failure, as JSON: –, length. Final. */
  FAIL: 7,
  /** Room for so many more bytes of a request body. */
  ROOM: 8,
  /** An event of a pool (its number stands for the handle): kind, nothing, length of
   * the text; then four figures (64-bit floats), of which the first says how many were lost before it, and the text. */
  EVENT: 9,
  /** A question to the user: his number, kind, length of the text, which is JSON. `answer` tells what he says. */
  ASK: 10,
  /** A raw lease has its connection: 1 if that has carried a request before. */
  LEASED: 16,
  /** The kernel has taken so many bytes of a raw lease since it began: lower and upper half. */
  TAKEN: 17,
  /** The peer of a raw lease sends no more bytes. */
  PEER_END: 18,
  /** A raw lease is over. Final. */
  CLOSED: 19,
  /** The TCP connection that is dialled for a raw lease is open: –, length of its two ends, as JSON. */
  REACHED: 20,
  /** A raw lease has another connection in place of the one that it had. */
  MOVED: 21,
  /** The name to which is dialled for a raw lease was found: –, length of its addresses, as JSON. */
  FOUND: 22,
  /** Flag beside REPLY's status: every body byte is below 0x80. */
  ASCII: 1 << 16
})

/** Records from JavaScript to the engine. */
const Submission = Object.freeze({
  /** A request: origin, head length, body length; then flags, six timeouts, the length's upper half, head, body. */
  REQUEST: 1,
  /** The caller gave up. */
  ABORT: 2,
  /** The consumer read so many bytes. */
  CREDIT: 3,
  /** Nobody wants the rest of the body: 1 when it was garbage-collected unread. */
  DUMP: 4,
  /** The request body is whole. */
  BODY_END: 5,
  /** Names an origin (its number stands for the handle): pool, text length, section. */
  ORIGIN: 6,
  /** The origin's number may be named anew. */
  FORGET: 7,
  /** Opens connections to an origin ahead of their use: origin, how many are to be open. */
  PRECONNECT: 8,
  /** The pool (its number stands for the handle) is destroyed, and nothing more is asked of it. */
  CLOSE: 9,

  /** Bytes for the connection of a raw lease: length. */
  RAW_WRITE: 16,
  /** No more bytes come for it. */
  RAW_END: 17,
  /** It was upgraded or is a tunnel, and leaves the pool. */
  RAW_DETACH: 18,
  /** It is given up, and the connection with it: 1 for a reset; what the exchange came to. */
  RAW_ABORT: 19,
  /** So many of its bytes were read. */
  RAW_CREDIT: 20,

  /** What an exchange came to: its reply was whole, it was spoiled by the peer, its connection took too long. 0: its caller gave it up. */
  WHOLE: 1,
  SPOILED: 2,
  TIMED_OUT: 3,

  /** Words of a REQUEST between its header and its text: flags, timeouts in ms, the upper half. */
  REQUEST_WORDS: 8,
  /** In a timeout's place: the pool's own holds. */
  POOLS_OWN: 0xffffffff,

  BODY_INLINE: 1,
  BODY_ATTACHED: 2,
  BODY_STREAM: 4,
  KEEP_CODING: 8,
  /** Undo the reply's content coding, and leave the headers that speak of it. */
  KEEP_FIELDS: 16,
  /** On a connection that is opened for it. */
  ANEW: 32,
  UNKNOWN_LENGTH: 0xffffffff
})

module.exports = { HEADER_WORDS, Completion, Submission }
