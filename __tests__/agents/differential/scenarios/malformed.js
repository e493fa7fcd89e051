'use strict'

/** @typedef {import('../play').Stage} Stage */

/** Bytes in place of a reply. */
const said = (bytes, options = {}, { fin = false } = {}) => async t => {
  t.send('r1', options)
  const peer = await t.server.connection()
  await peer.head()
  await peer.send(bytes)
  if (fin) peer.fin()
  await t.seen('r1 close', 's1 close')
}

/** Bytes that are taken. */
const taken = (bytes, options = {}) => async t => {
  t.send('r1', options)
  const peer = await t.server.connection()
  await peer.head()
  await peer.send(bytes)
  await t.seen('r1 close')
}

const OK = 'HTTP/1.1 200 OK\r\n'
const BIG = `${OK}X-Big: ${'x'.repeat(20_000)}\r\nContent-Length: 0\r\n\r\n`

module.exports = {
  'no HTTP at all': said('SSH-2.0-OpenSSH_9.6\r\n'),
  'a version that does not exist': said('HTTP/9.9 200 OK\r\n\r\n'),
  'a status that is no number': said('HTTP/1.1 abc OK\r\n\r\n'),
  'a status of two digits': said('HTTP/1.1 20 OK\r\n\r\n'),
  'a header name with a space': said(`${OK}a b: c\r\n\r\n`),
  'a header value with a control character': said(`${OK}a: b\x01c\r\n\r\n`),
  'a length that is no number': said(`${OK}Content-Length: abc\r\n\r\n`),
  'a negative length': said(`${OK}Content-Length: -1\r\n\r\n`),
  'a length too large to count': said(`${OK}Content-Length: 99999999999999999999999\r\n\r\n`),
  'two lengths': said(`${OK}Content-Length: 2\r\nContent-Length: 3\r\n\r\nok`),
  'a length and chunks': said(`${OK}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nok`),
  'chunks and a length': said(`${OK}Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\nok`),
  'a chunk size that is no number': said(`${OK}Transfer-Encoding: chunked\r\n\r\nzz\r\n`),
  'a chunk that is longer than its size': said(`${OK}Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n`),
  'chunked that is not last': said(`${OK}Transfer-Encoding: chunked, gzip\r\n\r\n`, {}, { fin: true }),
  'a head whose lines end in LF': said('HTTP/1.1 200 OK\nContent-Length: 0\n\n'),
  'a CR without its LF': said('HTTP/1.1 200 OK\r\nX-A: b\rX-B: c\r\n\r\n'),
  'a folded header': said(`${OK}a: b\r\n c\r\nContent-Length: 0\r\n\r\n`),
  'bytes behind a reply that closes': said(`${OK}Connection: close\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\n`),
  'a head that is too large': said(BIG),
  'a head that is larger than the request allows': said(`${OK}X-Big: ${'x'.repeat(3000)}\r\n\r\n`, { maxHeaderSize: 2048 }),
  'a large head that the request allows': taken(BIG, { maxHeaderSize: 65536 }),
  'a folded header that the request takes': taken(`${OK}a: b\r\n c\r\nContent-Length: 0\r\n\r\n`, { insecureHTTPParser: true }),
  'a control character that the request takes': taken(`${OK}a: b\x01c\r\nContent-Length: 0\r\n\r\n`, { insecureHTTPParser: true }),
  'a length and chunks that the request takes': taken(`${OK}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`, { insecureHTTPParser: true }),
  'the end of the connection in the head': said('HTTP/1.1 200 OK\r\nConte', {}, { fin: true }),
  'the end of the connection for a reply': said('', {}, { fin: true }),
  'a trailer that is none': said(`${OK}Transfer-Encoding: chunked\r\n\r\n0\r\na b\r\n\r\n`)
}
