'use strict'

const http = require('node:http')
const https = require('node:https')
const { versionOf } = require('./version-of')
const { viaFetch } = require('./via-fetch')

module.exports = {
  version: versionOf('node-fetch'),
  /** @type {import('./index').Open} */
  async open (origin, { connections, read, ca }) {
    const { default: fetch } = await import('node-fetch')
    const options = { keepAlive: true, maxSockets: connections, maxFreeSockets: connections, ...ca !== undefined && { ca } }
    const agent = origin.startsWith('https:') ? new https.Agent(options) : new http.Agent(options)
    return { ...viaFetch(/** @type {any} */ (fetch), origin, read, { agent }), close: async () => agent.destroy() }
  }
}
