'use strict'

const { getPoolMetrics, getPoolReport, getPoolStatus } = require('./lib/api-client-pool-integration')
const { PoolError } = require('./lib/errors')
const { getGlobalPool, resetGlobalPool } = require('./lib/global-pool')
const { ConnectionPoolManager, DEFAULT_CONFIG } = require('./lib/pool')

module.exports = { ConnectionPoolManager, DEFAULT_CONFIG, PoolError, getGlobalPool, getPoolMetrics, getPoolReport, getPoolStatus, resetGlobalPool }
