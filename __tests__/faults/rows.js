'use strict'

// What goes wrong, what whoever asked sees of it and what becomes of the connection: the tests play each row, and the table
// in RELIABILITY.md is made of them.

/**
 * @typedef {string | string[]} Seen `status text` (a status alone: any text) or `CODE, phase`; several: any of these, where a
 *   race between two ends of the connection decides
 * @typedef {'closed' | 'kept'} Fate
 * @typedef {object} Row
 * @property {string} fault
 * @property {string} path of the fault server
 * @property {Seen} sees through `request` and `fetch`, and through an agent if that has none of its own
 * @property {Seen | null} [agent] through an agent; null: not asked
 * @property {Fate} connection
 * @property {Fate} [agentConnection] if it is another
 * @property {import('./ways').Ask} [ask]
 * @property {any} [options] of the pool
 */

const LARGE = { method: 'POST', body: Buffer.alloc(4 << 20, 'x') }
/** More than the kernel takes for a server that reads none of it. */
const TOO_LARGE = { method: 'POST', body: Buffer.alloc(24 << 20, 'x') }
const PATIENCE_MS = 500
const PATIENCE = { headersTimeout: PATIENCE_MS, bodyTimeout: PATIENCE_MS, timeout: PATIENCE_MS }
const OK = '200 {"ok":true}'
const ENDED = { head: 'ECONNRESET, head', body: 'ECONNRESET, body' }
const UNREAD = ['ECONNRESET, head', 'EPIPE, head']
/** Above every other limit of the pool, which is not to end what it alone does. */
const AFTER_THE_OTHERS = { ...PATIENCE, requestTimeout: 3 * PATIENCE_MS }
/** Node's client says no more of another protocol for which nobody has an `'upgrade'` listener. */
const NO_LISTENER = "'close', head"
const GIVEN_UP = { head: "'timeout', head", body: "'timeout', body" }

/** @type {Array<[moment: string, where: string, sees: Seen, ask?: import('./ways').Ask]>} */
const MOMENTS = [
  ['unread', 'when the head of a request was read and its body was not', UNREAD, LARGE],
  ['before-head', 'when the request was read', ENDED.head],
  ['after-1xx', 'after an informational head', ENDED.head],
  ['in-head', 'in the head', ENDED.head],
  ['before-body', 'between the head and a body with a length', ENDED.body],
  ['before-chunks', 'between the head and the first chunk', ENDED.body],
  ['in-body', 'in a body with a length', ENDED.body],
  ['in-chunks', 'between two chunks', ENDED.body]
]

/** @type {Row[]} */
const ends = [
  ...MOMENTS.map(([moment, where, sees, ask]) => ({ fault: `reset ${where}`, path: `/reset-${moment}`, sees, connection: /** @type {const} */ ('closed'), ...ask && { ask } })),
  ...MOMENTS.map(([moment, where, sees, ask]) => ({ fault: `closed ${where}`, path: `/close-${moment}`, sees, connection: /** @type {const} */ ('closed'), ...ask && { ask } })),
  { fault: 'closed in a body with a length, over TLS without a farewell', path: '/close-in-body?notify=0', sees: ENDED.body, connection: 'closed' },
  { fault: 'closed after a reply that says so', path: '/reply-then-close', sees: OK, connection: 'closed' },
  { fault: 'closed after a reply that does not say so', path: '/reply-then-close?announce=0', sees: OK, connection: 'closed' },
  { fault: 'a body that ends with the connection', path: '/close-delimited', sees: '200 all of this until the end', connection: 'closed' },
  { fault: 'a reply of HTTP/1.0', path: '/http10', sees: '200 hello', connection: 'closed' }
]

const HEADERS_TIMEOUT = 'ERR_POOL_HEADERS_TIMEOUT, head'
const BODY_TIMEOUT = 'ERR_POOL_BODY_TIMEOUT, body'
const REQUEST_TIMEOUT = 'ERR_POOL_REQUEST_TIMEOUT, body'

/** @type {Row[]} */
const silence = [
  { fault: 'silence without reading the body of a request', path: '/stall-unread', sees: 'ERR_POOL_WRITE_TIMEOUT, head', agent: GIVEN_UP.head, connection: 'closed', ask: { ...TOO_LARGE, timeout: PATIENCE_MS }, options: { timeout: PATIENCE_MS } },
  { fault: 'silence when the request was read', path: '/stall-before-head', sees: HEADERS_TIMEOUT, agent: GIVEN_UP.head, connection: 'closed', ask: PATIENCE, options: PATIENCE },
  { fault: 'silence after an informational head', path: '/stall-after-1xx', sees: HEADERS_TIMEOUT, agent: GIVEN_UP.head, connection: 'closed', ask: PATIENCE, options: PATIENCE },
  { fault: 'silence in the head', path: '/stall-in-head', sees: HEADERS_TIMEOUT, agent: GIVEN_UP.head, connection: 'closed', ask: PATIENCE, options: PATIENCE },
  { fault: 'silence between the head and a body with a length, which nothing but `requestTimeout` ends', path: '/stall-before-body', sees: REQUEST_TIMEOUT, agent: GIVEN_UP.body, connection: 'closed', ask: PATIENCE, options: AFTER_THE_OTHERS },
  { fault: 'silence between the head and the first chunk, which nothing but `requestTimeout` ends', path: '/stall-before-chunks', sees: REQUEST_TIMEOUT, agent: GIVEN_UP.body, connection: 'closed', ask: PATIENCE, options: AFTER_THE_OTHERS },
  { fault: 'silence in a body with a length', path: '/stall-in-body', sees: BODY_TIMEOUT, agent: GIVEN_UP.body, connection: 'closed', ask: PATIENCE, options: PATIENCE },
  { fault: 'silence between two chunks', path: '/stall-in-chunks', sees: BODY_TIMEOUT, agent: GIVEN_UP.body, connection: 'closed', ask: PATIENCE, options: PATIENCE },
  { fault: 'a byte at a time', path: '/dribble', sees: OK, connection: 'kept' },
  { fault: 'chunks of a byte without end, under a `requestTimeout`', path: '/endless-chunks', sees: REQUEST_TIMEOUT, agent: null, connection: 'closed', options: { requestTimeout: PATIENCE_MS } }
]

const OVERFLOW = 'HPE_HEADER_OVERFLOW, head'

/** @type {Row[]} */
const heads = [
  { fault: 'a status line without a status', path: '/short-head', sees: 'HPE_INVALID_VERSION, head', connection: 'closed' },
  { fault: 'bytes that are no head', path: '/garbage', sees: 'HPE_INVALID_CONSTANT, head', connection: 'closed' },
  { fault: 'a folded field', path: '/folded', sees: 'HPE_INVALID_HEADER_TOKEN, head', connection: 'closed' },
  { fault: 'lines that end in LF alone', path: '/head-only-lf', sees: '200 hello', agent: 'HPE_CR_EXPECTED, head', connection: 'kept', agentConnection: 'closed' },
  { fault: 'more fields than `maxHeadersCount`', path: '/headers?count=2001&size=1', sees: OVERFLOW, connection: 'closed' },
  { fault: 'a head larger than `maxHeaderSize`', path: '/headers?count=10&size=7000', sees: OVERFLOW, connection: 'closed' },
  { fault: 'a head without end', path: '/endless-head', sees: OVERFLOW, connection: 'closed' },
  { fault: 'another protocol (101) that nobody asked for', path: '/101', sees: '101 ', agent: NO_LISTENER, connection: 'closed' },
  { fault: 'a thousand informational heads', path: '/1xx?n=1000', sees: OK, connection: 'kept' },
  { fault: 'informational heads without end, under a `headersTimeout`', path: '/endless-1xx', sees: HEADERS_TIMEOUT, agent: null, connection: 'closed', ask: PATIENCE, options: PATIENCE }
]

const BAD_LENGTH = 'HPE_INVALID_CONTENT_LENGTH, head'
const BAD_CHUNK = 'HPE_INVALID_CHUNK_SIZE, body'

/** @type {Row[]} */
const lengths = [
  { fault: 'Content-Length and chunks', path: '/both-lengths', sees: 'HPE_INVALID_TRANSFER_ENCODING, head', connection: 'closed' },
  { fault: 'Content-Length and an empty Transfer-Encoding', path: '/both-lengths?value=', sees: 'HPE_INVALID_TRANSFER_ENCODING, head', connection: 'closed' },
  { fault: 'Content-Length twice, equal', path: '/repeated-length', sees: 'HPE_UNEXPECTED_CONTENT_LENGTH, head', connection: 'closed' },
  { fault: 'Content-Length twice, differing', path: '/repeated-length?same=0', sees: BAD_LENGTH, agent: 'HPE_UNEXPECTED_CONTENT_LENGTH, head', connection: 'closed' },
  ...['-5', '+5', '0x5', '5,5', '99999999999999999999', ''].map(value => ({ fault: `Content-Length: ${value || '(empty)'}`, path: `/bad-length?value=${value}`, sees: BAD_LENGTH, connection: /** @type {const} */ ('closed') })),
  { fault: 'Transfer-Encoding: chunked, chunked', path: '/bad-transfer', sees: '200 hello', connection: 'kept' },
  { fault: 'a Transfer-Encoding that is not chunked: until the connection ends, here by a `bodyTimeout`', path: '/bad-transfer?value=identity', sees: BODY_TIMEOUT, agent: GIVEN_UP.body, connection: 'closed', ask: PATIENCE, options: PATIENCE },
  ...['zz', '-1', '0x5', 'ffffffffffffffffff', ''].map(size => ({ fault: `a chunk size of ${size || 'nothing'}`, path: `/bad-chunk?size=${size}`, sees: BAD_CHUNK, connection: /** @type {const} */ ('closed') }))
]

/** @type {Row[]} */
const strays = [
  { fault: 'more body than its length', path: '/long-body', sees: '200 hello', agent: ['200 hello', 'HPE_INVALID_CONSTANT, body'], connection: 'closed' },
  { fault: 'two replies in one piece', path: '/two-replies', sees: OK, connection: 'closed' },
  { fault: 'a second reply after one with `Connection: close`', path: '/reply-after-close', sees: OK, agent: [OK, 'HPE_CLOSED_CONNECTION, body'], connection: 'closed' },
  { fault: 'a reply on an idle connection', path: '/unsolicited', sees: OK, connection: 'closed' },
  { fault: 'a reply before the body of the request is read, which then is', path: '/early-reply', sees: '413 large', connection: 'kept', ask: LARGE },
  // Node's client waits for the rest of its request to go, without limit and without a word.
  { fault: 'the same, not read: the pool waits for a second', path: '/early-reply?then=stall', sees: '413 large', agent: null, connection: 'closed', ask: TOO_LARGE },
  { fault: 'the same, closed', path: '/early-reply?then=close', sees: '413 large', connection: 'closed', ask: LARGE },
  { fault: 'the same, reset', path: '/early-reply?then=reset', sees: '413 large', connection: 'closed', ask: LARGE }
]

/** @type {Row[]} */
const codings = [
  ...['gzip', 'deflate', 'br', 'zstd'].flatMap(coding => [
    { fault: `a body that is no ${coding}`, path: `/bad-coding?coding=${coding}`, sees: 'Z_DATA_ERROR, body', agent: '200', connection: /** @type {const} */ ('closed'), agentConnection: /** @type {const} */ ('kept') },
    { fault: `half a ${coding}`, path: `/truncated-coding?coding=${coding}`, sees: 'Z_BUF_ERROR, body', agent: '200', connection: /** @type {const} */ ('closed'), agentConnection: /** @type {const} */ ('kept') },
    { fault: `a ${coding} that grows past \`maxExpansion\``, path: `/bomb?mb=64&coding=${coding}`, sees: 'ERR_POOL_BODY_TOO_LARGE, body', agent: '200', connection: /** @type {const} */ ('closed'), agentConnection: /** @type {const} */ ('kept'), options: { maxExpansion: 100 } }
  ]),
  { fault: 'a gzip of nothing in a gzip whose inside grows past `maxExpansion`', path: '/hollow-bomb?mb=64', sees: 'ERR_POOL_BODY_TOO_LARGE, body', agent: '200', connection: 'closed', agentConnection: 'kept', options: { maxExpansion: 100 } },
  { fault: 'a coding that nobody knows', path: '/bad-coding?coding=unknown', sees: '200', connection: 'kept' }
]

/** By what they are about, as the headings say. */
const groups = {
  'The connection ends': ends,
  Silence: silence,
  Heads: heads,
  'Lengths and chunks': lengths,
  'Bytes that nobody asked for': strays,
  'Content codings': codings
}

module.exports = { groups }
