'use strict'

const { createPooledHttpClient } = require('./lib/clients/http-client')
const { PoolError } = require('./lib/errors')
const { getGlobalPool, resetGlobalPool } = require('./lib/global-pool')
const { ConnectionPoolManager, DEFAULT_CONFIG } = require('./lib/pool')

module.exports = {
  ConnectionPoolManager,
  DEFAULT_CONFIG,
  PoolError,
  createPooledHttpClient,
  getGlobalPool,
  resetGlobalPool
}
