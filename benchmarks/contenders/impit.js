'use strict'

const { Impit } = require('impit')
const { versionOf } = require('./version-of')
const { viaFetch } = require('./via-fetch')

/**
 * It has no limit of connections, and can be told of no authority: over TLS it trusts whoever answers, and does less than the others. HTTP/2
 * it speaks as a browser only.
 */
module.exports = {
  version: versionOf('impit'),
  /** @type {import('./index').Open} */
  open (origin, { read, ca, h2 }) {
    const client = new Impit({ ignoreTlsErrors: ca !== undefined, ...h2 && { browser: 'chrome' } })
    return { ...viaFetch((url, init) => client.fetch(url, init), origin, read), close: async () => {} }
  }
}
