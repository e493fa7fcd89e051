'use strict'

/** @typedef {import('../play').Stage} Stage */

/** A request with headers, and a reply with headers. */
const exchanged = (options, replied = [], prepare = _req => {}) => async t => {
  const req = t.open('r1', options)
  prepare(req)
  req.end()
  const peer = await t.server.connection()
  await peer.head()
  await peer.ok('ok', replied)
  await t.seen('r1 close')
  t.note('headers', /** @type {any} */ (req).res.headers, req.getRawHeaderNames())
}

/** A request that Node refuses to make. */
const refused = (options, use = _req => {}) => async t => {
  try {
    const req = t.open('r1', options)
    try { use(req) } finally { req.destroy(); await t.seen('r1 close') }
  } catch (error) {
    t.note('thrown', error.name, error.code, error.message)
  }
}

module.exports = {
  'case and order of a request\'s headers': exchanged({ headers: { 'X-Second': '2', 'x-FIRST': '1', ACCEPT: '*/*' } }),
  'headers given as a list': exchanged({ headers: ['X-A', '1', 'x-a', '2', 'Host', 'a.test'] }),
  'a header with several values': exchanged({ headers: { 'X-A': ['1', '2'], Cookie: ['a=1', 'b=2'] } }),
  'headers set and taken away': exchanged({ headers: { 'X-A': '1' } }, [], req => { req.setHeader('X-B', '2'); req.removeHeader('x-a') }),
  'a Host of its own': exchanged({ headers: { host: 'b.test' } }),
  'a name and a password': exchanged({ auth: 'name:word' }),
  'values in latin1': exchanged({ headers: { 'X-A': 'caf\xe9' } }, ['X-B: caf\xe9']),
  'case and order of a reply\'s headers': exchanged({}, ['X-Second: 2', 'x-FIRST: 1', 'X-second: 3']),
  'repeated headers of a reply': exchanged({}, ['Set-Cookie: a=1', 'Set-Cookie: b=2', 'Age: 1', 'Age: 2', 'X-A: 1', 'X-A: 2']),
  'repeated headers of a reply, joined': exchanged({ joinDuplicateHeaders: true }, ['Age: 1', 'Age: 2']),
  'an empty header of a reply': exchanged({}, ['X-A:', 'X-B:   padded   ']),
  'a header name that is none': refused({ headers: { 'a b': 'c' } }),
  'a header value that is none': refused({ headers: { a: 'b\r\nc: d' } }),
  'a header without a value': refused({ headers: { a: undefined } }),
  'a path with a space': refused({ path: '/a b' }),
  'a method that is none': refused({ method: 'GE T' }),
  'a protocol that is not the agent\'s': refused({ protocol: 'ftp:' }),
  'a header after the head': refused({}, req => { req.flushHeaders(); req.setHeader('a', 'b') })
}
