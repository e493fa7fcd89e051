'use strict'

const { version } = require('../../package.json')
const { poolOf } = require('./pool-of')
const { viaFetch } = require('./via-fetch')

/** The fetch of the Node in use. It has no limit of its own; whom to trust it learns from its environment. */
const plain = {
  version: process.versions.undici ?? '',
  /** @type {import('./index').Open} */
  open: (origin, { read }) => ({ ...viaFetch(fetch, origin, read), close: async () => {} })
}

const pooled = {
  version,
  /** @type {import('./index').Open} */
  open (origin, setting) {
    const pool = poolOf(setting)
    return { ...viaFetch(/** @type {any} */ (pool.fetch.bind(pool)), origin, setting.read), close: async () => pool.destroy() }
  }
}

module.exports = { plain, pooled }
