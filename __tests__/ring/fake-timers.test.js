'use strict'

const http = require('node:http')
const { once } = require('node:events')
const { open } = require('../support/pools')
const { serve } = require('../support/servers')

const server = serve('bench-server')

const viaAgent = async (/** @type {any} */ pool, /** @type {string} */ url) => {
  const [response] = await once(http.get(url, { agent: pool.getHttpAgent() }), 'response')
  response.resume()
  await once(response, 'end')
  return response.statusCode
}

/** @type {Record<string, (pool: any, url: string) => Promise<number>>} */
const ways = {
  request: async (pool, url) => {
    const { statusCode, body } = await pool.request(url)
    await body.text()
    return statusCode
  },
  fetch: async (pool, url) => {
    const response = await pool.fetch(url)
    await response.text()
    return response.status
  },
  agent: viaAgent
}

afterEach(() => { jest.useRealTimers() })

test.each(Object.keys(ways))('a clock that a test has stopped holds up no %s, as none of Node\'s', async way => {
  const pool = open()
  jest.useFakeTimers()
  const statuses = await Promise.all(Array.from({ length: 6 }, () => ways[way](pool, server.url('/json'))))
  expect(statuses).toEqual([200, 200, 200, 200, 200, 200])
})

test.each(Object.keys(ways))('nor one that was stopped before the package was loaded, as by `enableGlobally`, a %s', async way => {
  jest.useFakeTimers()
  jest.resetModules()
  const { ConnectionPoolManager } = require('../..')
  const pool = new ConnectionPoolManager()
  expect(await ways[way](pool, server.url('/json'))).toBe(200)
  pool.destroy()
})
