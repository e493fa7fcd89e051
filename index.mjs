import pool from './index.js'

export const {
  ConnectionPoolManager,
  DEFAULT_CONFIG,
  PoolError,
  addAxiosPoolingInterceptor,
  createPooledAnthropicClient,
  createPooledFetch,
  createPooledHttpClient,
  createPooledNodeFetch,
  createPooledOpenAIClient,
  getGlobalPool,
  removeAxiosPoolingInterceptor,
  resetGlobalPool
} = pool
export default pool
