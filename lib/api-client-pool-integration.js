'use strict'

// `rag-connection-pool/api-client-pool-integration`, which stands in for an application's own file of that name.

const { addAxiosPoolingInterceptor, removeAxiosPoolingInterceptor } = require('./clients/axios')
const { createPooledHttpClient } = require('./clients/http-client')
const { createPooledAnthropicClient, createPooledOpenAIClient } = require('./clients/llm-sdk')
const { createPooledNodeFetch } = require('./clients/node-fetch')
const { getPoolMetrics, getPoolReport, getPoolStatus } = require('./clients/pool-views')
const { createPooledFetch } = require('./clients/pooled-fetch')

module.exports = {
  addAxiosPoolingInterceptor,
  createPooledAnthropicClient,
  createPooledFetchWrapper: createPooledFetch,
  createPooledHttpClient,
  createPooledNodeFetch,
  createPooledOpenAIClient,
  getPoolMetrics,
  getPoolReport,
  getPoolStatus,
  removeAxiosPoolingInterceptor
}
