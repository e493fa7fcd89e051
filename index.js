'use strict'

const { addAxiosPoolingInterceptor, removeAxiosPoolingInterceptor } = require('./lib/clients/axios')
const { createPooledHttpClient } = require('./lib/clients/http-client')
const { createPooledAnthropicClient, createPooledOpenAIClient } = require('./lib/clients/llm-sdk')
const { createPooledNodeFetch } = require('./lib/clients/node-fetch')
const { getPoolMetrics, getPoolReport, getPoolStatus } = require('./lib/clients/pool-views')
const { createPooledFetch } = require('./lib/clients/pooled-fetch')
const { PoolError } = require('./lib/errors')
const { getGlobalPool, resetGlobalPool } = require('./lib/global-pool')
const { ConnectionPoolManager, DEFAULT_CONFIG } = require('./lib/pool')

module.exports = {
  ConnectionPoolManager,
  DEFAULT_CONFIG,
  PoolError,
  addAxiosPoolingInterceptor,
  createPooledAnthropicClient,
  createPooledFetch,
  createPooledFetchWrapper: createPooledFetch,
  createPooledHttpClient,
  createPooledNodeFetch,
  createPooledOpenAIClient,
  getGlobalPool,
  getPoolMetrics,
  getPoolReport,
  getPoolStatus,
  removeAxiosPoolingInterceptor,
  resetGlobalPool
}
