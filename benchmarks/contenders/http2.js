'use strict'

const http2 = require('node:http2')
const { text } = require('node:stream/consumers')
const { posted } = require('./bodies')

/**
 * @param {string} path
 * @param {string} body
 */
function head (path, body) {
  const { method, headers } = posted(body)
  return { ':path': path, ':method': method, ...headers }
}

/** Node's own HTTP/2, one session. */
module.exports = {
  version: process.versions.node,
  /** @type {import('./index').Open} */
  open (origin, { read, ca }) {
    const session = http2.connect(origin, ca === undefined ? {} : { ca })
    return {
      async call (path, body) {
        const stream = body === undefined ? session.request({ ':path': path }) : session.request(head(path, body)).end(body)
        stream.on('response', headers => {
          if (headers[':status'] !== 200) stream.destroy(new Error(`status ${headers[':status']}`))
        })
        const got = await text(stream)
        if (read === 'json') JSON.parse(got)
      },
      close: async () => session.destroy()
    }
  }
}
