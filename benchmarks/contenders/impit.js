'use strict'

const { Impit } = require('impit')
const { versionOf } = require('./version-of')
const { viaFetch } = require('./via-fetch')

/** It has no limit of connections, and can be told of no authority: over TLS it trusts whoever answers, and does less than the others. */
module.exports = {
  version: versionOf('impit'),
  /** @type {import('./index').Open} */
  open (origin, { read, ca }) {
    const client = new Impit({ ignoreTlsErrors: ca !== undefined })
    return { ...viaFetch((url, init) => client.fetch(url, init), origin, read), close: async () => {} }
  }
}
