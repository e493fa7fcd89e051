'use strict'

const { ConnectionPoolManager, DEFAULT_CONFIG } = require('./lib/connection-pool')
const { PoolError } = require('./lib/errors')

module.exports = { ConnectionPoolManager, DEFAULT_CONFIG, PoolError }
