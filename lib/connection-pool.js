'use strict'

// `rag-connection-pool/connection-pool`, which stands in for an application's own file of that name.

const { createPooledFetch } = require('./clients/all')
const { getGlobalPool, resetGlobalPool } = require('./global-pool')
const { ConnectionPoolManager, DEFAULT_CONFIG } = require('./pool')

module.exports = { ConnectionPoolManager, DEFAULT_CONFIG, createPooledFetch, getGlobalPool, resetGlobalPool }
