import pool from './index.js'

export const {
  ConnectionPoolManager,
  DEFAULT_CONFIG,
  PoolError,
  addAxiosPoolingInterceptor,
  createPooledAnthropicClient,
  createPooledFetch,
  createPooledFetchWrapper,
  createPooledHttpClient,
  createPooledNodeFetch,
  createPooledOpenAIClient,
  getGlobalPool,
  getPoolMetrics,
  getPoolReport,
  getPoolStatus,
  installGlobal,
  removeAxiosPoolingInterceptor,
  resetGlobalPool
} = pool
export default pool
