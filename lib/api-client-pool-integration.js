'use strict'

// `rag-connection-pool/api-client-pool-integration`, which stands in for an application's own file of that name.

const helpers = require('./clients/all')
const { getPoolMetrics, getPoolReport, getPoolStatus } = require('./clients/pool-views')

module.exports = {
  addAxiosPoolingInterceptor: helpers.addAxiosPoolingInterceptor,
  createPooledAnthropicClient: helpers.createPooledAnthropicClient,
  createPooledFetchWrapper: helpers.createPooledFetch,
  createPooledHttpClient: helpers.createPooledHttpClient,
  createPooledNodeFetch: helpers.createPooledNodeFetch,
  createPooledOpenAIClient: helpers.createPooledOpenAIClient,
  getPoolMetrics,
  getPoolReport,
  getPoolStatus,
  removeAxiosPoolingInterceptor: helpers.removeAxiosPoolingInterceptor
}
