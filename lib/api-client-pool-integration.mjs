import clients from './api-client-pool-integration.js'

export const {
  addAxiosPoolingInterceptor,
  createPooledAnthropicClient,
  createPooledFetchWrapper,
  createPooledHttpClient,
  createPooledNodeFetch,
  createPooledOpenAIClient,
  getPoolMetrics,
  getPoolReport,
  getPoolStatus,
  removeAxiosPoolingInterceptor
} = clients
export default clients
