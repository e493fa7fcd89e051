'use strict'

// What goes wrong over HTTP/2, frame by frame; as in rows.js.

/**
 * @typedef {import('./rows').Row} HttpRow
 * @typedef {Pick<HttpRow, 'fault' | 'sees' | 'connection' | 'options'> & { act: (peer: import('../support/peer').Peer, stream: number, frames: typeof import('../support/peer')) => unknown }} Row
 *   `act` is handed what frames are made with, so that the table can be read without the peer
 */

const MANY = 10_000
const ENDLESS = 250_000
const CANCEL = 8
const PADDED = 8
/** As much as a frame can have. */
const PADDING = Buffer.concat([Buffer.from([255]), Buffer.alloc(255)])
const INTERNAL_ERROR = 2
const PATIENCE_MS = 500

/** @param {(n: number) => unknown} act @param {number} [often] */
function many (act, often = MANY) {
  for (let n = 0; n < often; n++) act(n)
}

/** @type {Row[]} */
const h2 = [
  { fault: 'RST_STREAM before the head', act: (peer, stream) => peer.reset(stream, CANCEL), sees: 'ERR_HTTP2_STREAM_ERROR, head', connection: 'kept' },
  { fault: 'RST_STREAM in the body', act: (peer, stream) => peer.head(stream).data(stream, 'half').reset(stream, CANCEL), sees: 'ERR_HTTP2_STREAM_ERROR, body', connection: 'kept' },
  { fault: 'silence', act: () => {}, options: { headersTimeout: PATIENCE_MS }, sees: 'ERR_POOL_HEADERS_TIMEOUT, head', connection: 'kept' },
  { fault: 'silence in the body', act: (peer, stream) => peer.head(stream).data(stream, 'half'), options: { bodyTimeout: PATIENCE_MS }, sees: 'ERR_POOL_BODY_TIMEOUT, body', connection: 'kept' },
  { fault: 'the connection ends before the head', act: peer => peer.socket.destroy(), sees: 'ECONNRESET, head', connection: 'closed' },
  { fault: 'the connection ends in the body', act: (peer, stream) => { peer.head(stream).data(stream, 'half').socket.end() }, sees: 'ECONNRESET, body', connection: 'closed' },
  { fault: 'a flood of RST_STREAM', act: (peer, stream) => many(() => peer.reset(stream, CANCEL)), sees: 'ERR_HTTP2_STREAM_ERROR, head', connection: 'kept' },
  { fault: 'a flood of SETTINGS, then a reply', act: (peer, stream) => { many(() => peer.settings([3, 100])); peer.answer(stream) }, sees: '200 ok', connection: 'kept' },
  { fault: 'a flood of PING, then a reply', act: (peer, stream) => { many(() => peer.send('PING', 0, 0, Buffer.alloc(8))); peer.answer(stream) }, sees: '200 ok', connection: 'kept' },
  { fault: 'a flood of empty DATA', act: (peer, stream) => { peer.head(stream); many(() => peer.data(stream, '')) }, sees: 'ERR_HTTP2_SESSION_ERROR, body', connection: 'closed' },
  { fault: 'a flood of DATA that is padding alone', act: (peer, stream) => { peer.head(stream); many(() => peer.send('DATA', PADDED, stream, PADDING)) }, sees: 'ERR_HTTP2_SESSION_ERROR, body', connection: 'closed' },
  { fault: 'a flood of PRIORITY, then a reply', act: (peer, stream) => { many(() => peer.send('PRIORITY', 0, stream, Buffer.alloc(5))); peer.answer(stream) }, sees: '200 ok', connection: 'kept' },
  { fault: 'a flood of frames of a type that nobody knows, then a reply', act: (peer, stream) => { many(() => peer.send('unknown', 0, stream, Buffer.alloc(8))); peer.answer(stream) }, sees: '200 ok', connection: 'kept' },
  { fault: 'a flood of WINDOW_UPDATE, then a reply', act: (peer, stream) => { many(() => peer.widen(0, 1)); peer.answer(stream) }, sees: '200 ok', connection: 'kept' },
  { fault: 'a flood of informational heads, then a reply', act: (peer, stream, { field }) => { many(() => peer.head(stream, field(':status', '103'))); peer.answer(stream) }, sees: '200 ok', connection: 'kept' },
  { fault: 'a head with a pseudo field of a request', act: (peer, stream, { field, OK }) => peer.head(stream, Buffer.concat([OK, field(':path', '/')])), sees: 'ERR_HTTP2_STREAM_ERROR, head', connection: 'kept' },
  { fault: 'trailers with a status', act: (peer, stream, { OK }) => peer.head(stream).data(stream, 'half').head(stream, OK, true), sees: 'ERR_HTTP2_STREAM_ERROR, body', connection: 'kept' },
  { fault: 'PINGs without end', act: peer => many(() => peer.send('PING', 0, 0, Buffer.alloc(8)), ENDLESS), sees: 'ERR_HTTP2_SESSION_ERROR, head', connection: 'closed' },
  { fault: 'a head that never ends, in CONTINUATION', act: (peer, stream, { field, OK }) => { peer.send('HEADERS', 0, stream, OK); many(n => peer.send('CONTINUATION', 0, stream, field(`x-${n}`, 'y'))) }, sees: 'ERR_HTTP2_SESSION_ERROR, head', connection: 'closed' },
  { fault: 'a flood of empty CONTINUATION', act: (peer, stream, { OK }) => { peer.send('HEADERS', 0, stream, OK); many(() => peer.send('CONTINUATION', 0, stream)) }, sees: 'ERR_HTTP2_SESSION_ERROR, head', connection: 'closed' },
  { fault: 'PRIORITY without end', act: (peer, stream) => many(() => peer.send('PRIORITY', 0, stream, Buffer.alloc(5)), ENDLESS), sees: 'ERR_HTTP2_SESSION_ERROR, head', connection: 'closed' },
  { fault: 'frames of a type that nobody knows, without end', act: (peer, stream) => many(() => peer.send('unknown', 0, stream, Buffer.alloc(8)), ENDLESS), sees: 'ERR_HTTP2_SESSION_ERROR, head', connection: 'closed' },
  { fault: 'a stream that the server opens (PUSH_PROMISE)', act: (peer, stream, { OK, END_HEADERS }) => peer.send('PUSH_PROMISE', END_HEADERS, stream, Buffer.concat([Buffer.from([0, 0, 0, 2]), OK])), sees: 'ERR_HTTP2_SESSION_ERROR, head', connection: 'closed' },
  { fault: 'settings that allow pushes', act: (peer, stream) => peer.settings([2, 1]).answer(stream), sees: 'ERR_HTTP2_SESSION_ERROR, head', connection: 'closed' },
  { fault: 'a storm of GOAWAY that spare the request, then its reply', act: (peer, stream) => { many(() => peer.goAway(stream)); peer.answer(stream) }, sees: '200 ok', connection: 'closed' },
  { fault: 'GOAWAY for an error, then silence', act: (peer, stream) => peer.goAway(stream, INTERNAL_ERROR), sees: 'ERR_HTTP2_SESSION_ERROR, head', connection: 'closed' },
  { fault: 'GOAWAY that leaves the request out: it goes out again on another connection', act: peer => peer.goAway(0), sees: '200 ok', connection: 'closed' }
]

module.exports = { h2 }
