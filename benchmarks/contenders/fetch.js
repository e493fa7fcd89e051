'use strict'

const { version } = require('../../package.json')
const { poolOf } = require('./pool-of')

/**
 * @param {typeof globalThis.fetch} fetch
 * @param {string} origin
 * @param {'json' | 'text'} read
 */
function getter (fetch, origin, read) {
  return async (/** @type {string} */ path) => {
    const response = await fetch(origin + path)
    if (response.status !== 200) throw new Error(`status ${response.status}`)
    await response[read]()
  }
}

/**
 * @param {typeof globalThis.fetch} fetch
 * @param {string} origin
 * @returns {NonNullable<import('./index').Client['exchange']>}
 */
function exchanger (fetch, origin) {
  return async (method, path, headers, body) => {
    const response = await fetch(origin + path, { method, headers, ...body !== undefined && { body } })
    if (response.status !== 200) throw new Error(`status ${response.status}`)
    return response.text()
  }
}

/**
 * @param {typeof globalThis.fetch} fetch
 * @param {string} origin
 */
function streamer (fetch, origin) {
  return async (/** @type {string} */ path) => {
    const response = await fetch(origin + path)
    if (response.status !== 200 || response.body === null) throw new Error(`status ${response.status}`)
    return response.body.getReader()
  }
}

/** The fetch of the Node in use. */
const plain = {
  version: process.versions.undici ?? '',
  /** @type {import('./index').Open} */
  open: (origin, { read }) => ({ get: getter(fetch, origin, read), exchange: exchanger(fetch, origin), stream: streamer(fetch, origin), close: async () => {} })
}

const pooled = {
  version,
  /** @type {import('./index').Open} */
  open (origin, setting) {
    const pool = poolOf(setting)
    const fetch = /** @type {any} */ (pool.fetch.bind(pool))
    return { get: getter(fetch, origin, setting.read), exchange: exchanger(fetch, origin), stream: streamer(fetch, origin), close: async () => pool.destroy() }
  }
}

module.exports = { plain, pooled }
