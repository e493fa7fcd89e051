'use strict'

/** @typedef {import('../play').Stage} Stage */

/**
 * One request, one whole reply.
 * @param {any} options
 * @param {string[]} head
 * @param {string} [body]
 * @param {string} [upload]
 * @returns {(t: Stage) => Promise<void>}
 */
function answered (options, head, body = '', upload) {
  return async t => {
    t.send('r1', options, upload === undefined ? {} : { body: upload })
    const peer = await t.server.connection()
    await peer.head()
    if (upload !== undefined) await peer.bytes(upload.length)
    await peer.reply(head, body)
    await t.seen('r1 close')
  }
}

const lengthOf = text => `Content-Length: ${text.length}`

module.exports = {
  'GET answered with a length': answered({ path: '/a?b=c' }, ['HTTP/1.1 200 OK', lengthOf('hello')], 'hello'),
  'GET answered with an empty body': answered({}, ['HTTP/1.1 200 OK', 'Content-Length: 0']),
  'GET with a body': answered({ headers: { 'Content-Length': 4 } }, ['HTTP/1.1 200 OK', 'Content-Length: 2'], 'ok', 'body'),
  'HEAD with a length': answered({ method: 'HEAD' }, ['HTTP/1.1 200 OK', 'Content-Length: 1234']),
  'HEAD with chunks announced': answered({ method: 'HEAD' }, ['HTTP/1.1 200 OK', 'Transfer-Encoding: chunked']),
  'POST with a length': answered({ method: 'POST', headers: { 'Content-Length': 7 } }, ['HTTP/1.1 201 Created', 'Content-Length: 2'], 'ok', 'payload'),
  'POST whose length Node works out': answered({ method: 'POST' }, ['HTTP/1.1 200 OK', 'Content-Length: 0'], '', 'payload'),
  'POST without a body': answered({ method: 'POST' }, ['HTTP/1.1 200 OK', 'Content-Length: 0']),
  'PUT with a body': answered({ method: 'PUT', path: '/put' }, ['HTTP/1.1 200 OK', 'Content-Length: 0'], '', 'x'.repeat(1000)),
  'PATCH with a body': answered({ method: 'PATCH' }, ['HTTP/1.1 200 OK', 'Content-Length: 0'], '', '{"a":1}'),
  'DELETE without a body': answered({ method: 'DELETE' }, ['HTTP/1.1 200 OK', 'Content-Length: 2'], 'ok'),
  'OPTIONS of everything': answered({ method: 'OPTIONS', path: '*' }, ['HTTP/1.1 200 OK', 'Allow: GET', 'Content-Length: 0']),
  'a reply of 204': answered({}, ['HTTP/1.1 204 No Content']),
  'a reply of 304 with a length': answered({}, ['HTTP/1.1 304 Not Modified', 'Content-Length: 1234', 'ETag: "a"']),
  'a reply without a reason': answered({}, ['HTTP/1.1 200', 'Content-Length: 2'], 'ok'),
  'a reply of 500': answered({}, ['HTTP/1.1 500 Internal Server Error', 'Content-Length: 3'], 'bad')
}
