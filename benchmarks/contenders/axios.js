'use strict'

const http = require('node:http')
const axios = require('axios')
const { addAxiosPoolingInterceptor } = require('../..')
const { poolOf } = require('./pool-of')

/**
 * @param {import('axios').AxiosInstance} client
 * @param {'json' | 'text'} read
 */
function getter (client, read) {
  const config = /** @type {const} */ ({ responseType: read, ...read === 'text' && { transformResponse: [] } })
  return async (/** @type {string} */ path) => { await client.get(path, config) }
}

/** axios with an agent of Node's that keeps connections. */
const plain = {
  version: axios.VERSION,
  /** @type {import('./index').Open} */
  open (origin, { connections, read }) {
    const httpAgent = new http.Agent({ keepAlive: true, maxSockets: connections, maxFreeSockets: connections })
    return { get: getter(axios.create({ baseURL: origin, httpAgent }), read), close: async () => httpAgent.destroy() }
  }
}

const pooled = {
  version: axios.VERSION,
  /** @type {import('./index').Open} */
  open (origin, setting) {
    const pool = poolOf(setting)
    const client = addAxiosPoolingInterceptor(axios.create({ baseURL: origin }), pool)
    return { get: getter(client, setting.read), close: async () => pool.destroy() }
  }
}

module.exports = { plain, pooled }
