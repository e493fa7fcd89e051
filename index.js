'use strict'

const integration = require('./lib/api-client-pool-integration')
const { createPooledFetch, installGlobal } = require('./lib/clients/all')
const { PoolError } = require('./lib/errors')
const { getGlobalPool, resetGlobalPool } = require('./lib/global-pool')
const { ConnectionPoolManager, DEFAULT_CONFIG } = require('./lib/pool')

module.exports = {
  ...integration,
  ConnectionPoolManager,
  DEFAULT_CONFIG,
  PoolError,
  createPooledFetch,
  getGlobalPool,
  installGlobal,
  resetGlobalPool
}
