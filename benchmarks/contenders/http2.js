'use strict'

const http2 = require('node:http2')
const { text } = require('node:stream/consumers')

/** Node's own HTTP/2, one session. */
module.exports = {
  version: process.versions.node,
  /** @type {import('./index').Open} */
  open (origin, { read, ca }) {
    const session = http2.connect(origin, ca === undefined ? {} : { ca })
    return {
      async get (path) {
        const stream = session.request({ ':path': path })
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
