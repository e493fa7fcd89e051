'use strict'

const { createPooledHttpClient } = require('./lib/clients/http-client')
const { createPooledAnthropicClient, createPooledOpenAIClient } = require('./lib/clients/llm-sdk')
const { createPooledFetch } = require('./lib/clients/pooled-fetch')
const { PoolError } = require('./lib/errors')
const { getGlobalPool, resetGlobalPool } = require('./lib/global-pool')
const { ConnectionPoolManager, DEFAULT_CONFIG } = require('./lib/pool')

module.exports = {
  ConnectionPoolManager,
  DEFAULT_CONFIG,
  PoolError,
  createPooledAnthropicClient,
  createPooledFetch,
  createPooledHttpClient,
  createPooledOpenAIClient,
  getGlobalPool,
  resetGlobalPool
}
