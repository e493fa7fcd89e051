'use strict'

const http = require('node:http')
const https = require('node:https')
const { posted } = require('./bodies')
const { versionOf } = require('./version-of')

module.exports = {
  version: versionOf('got'),
  /** @type {import('./index').Open} */
  async open (origin, { connections, read, ca }) {
    const { default: got } = await import('got')
    const options = { keepAlive: true, maxSockets: connections, maxFreeSockets: connections }
    const agent = { http: new http.Agent(options), https: new https.Agent(options) }
    const client = got.extend({
      agent, retry: { limit: 0 }, followRedirect: false, throwHttpErrors: true, ...ca !== undefined && { https: { certificateAuthority: ca } }
    })
    return {
      async call (path, body) {
        await (body === undefined ? client.get(origin + path) : client.post(origin + path, posted(body)))[read]()
      },
      close: async () => { for (const each of Object.values(agent)) each.destroy() }
    }
  }
}
