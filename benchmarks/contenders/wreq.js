'use strict'

const { createTransport, fetch } = require('wreq-js')
const { versionOf } = require('./version-of')
const { viaFetch } = require('./via-fetch')

/** It can be told of no authority: over TLS it trusts whoever answers, and does less than the others. */
module.exports = {
  version: versionOf('wreq-js'),
  /** @type {import('./index').Open} */
  async open (origin, { connections, keepIdleMs, read, ca }) {
    const transport = await createTransport({
      poolMaxIdlePerHost: connections, poolMaxSize: connections, poolIdleTimeout: keepIdleMs, insecure: ca !== undefined
    })
    return { ...viaFetch(/** @type {any} */ (fetch), origin, read, { transport }), close: () => transport.close() }
  }
}
