'use strict'

const http = require('node:http')

/** `http.get` through Node's own agent. */
module.exports = {
  version: process.versions.node,
  /** @type {import('./index').Open} */
  open (origin, { connections, read }) {
    const agent = new http.Agent({ keepAlive: true, maxSockets: connections, maxFreeSockets: connections })
    return {
      async get (path) {
        const text = await getText(agent, origin + path)
        if (read === 'json') JSON.parse(text)
      },
      async close () {
        agent.destroy()
      }
    }
  }
}

/**
 * @param {http.Agent} agent
 * @param {string} url
 * @returns {Promise<string>}
 */
function getText (agent, url) {
  return new Promise((resolve, reject) => {
    http.get(url, { agent }, reply => {
      let text = ''
      reply.setEncoding('utf8').on('data', piece => { text += piece })
      reply.on('error', reject)
      reply.on('end', () => {
        if (reply.statusCode === 200) resolve(text)
        else reject(new Error(`status ${reply.statusCode}`))
      })
    }).on('error', reject)
  })
}
