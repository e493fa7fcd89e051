'use strict'

const http = require('node:http')
const https = require('node:https')
const axios = require('axios')
const { addAxiosPoolingInterceptor } = require('../..')
const { posted } = require('./bodies')
const { poolOf } = require('./pool-of')

/**
 * @param {import('axios').AxiosInstance} client
 * @param {'json' | 'text'} read
 */
function caller (client, read) {
  // Without them it has one layer less of its own.
  const config = /** @type {const} */ ({ maxRedirects: 0, proxy: false, responseType: read, ...read === 'text' && { transformResponse: [] } })
  return async (/** @type {string} */ path, /** @type {string | undefined} */ body) => {
    await (body === undefined ? client.get(path, config) : client.post(path, body, { ...config, headers: posted(body).headers }))
  }
}

/** axios with an agent of Node's that keeps connections. */
const plain = {
  version: axios.VERSION,
  /** @type {import('./index').Open} */
  open (origin, { connections, read, ca }) {
    const options = { keepAlive: true, maxSockets: connections, maxFreeSockets: connections, ...ca !== undefined && { ca } }
    const agents = { httpAgent: new http.Agent(options), httpsAgent: new https.Agent(options) }
    return { call: caller(axios.create({ baseURL: origin, ...agents }), read), close: async () => { for (const agent of Object.values(agents)) agent.destroy() } }
  }
}

const pooled = {
  version: axios.VERSION,
  /** @type {import('./index').Open} */
  open (origin, setting) {
    const pool = poolOf(setting)
    const client = addAxiosPoolingInterceptor(axios.create({ baseURL: origin }), pool)
    return { call: caller(client, setting.read), close: async () => pool.destroy() }
  }
}

module.exports = { plain, pooled }
