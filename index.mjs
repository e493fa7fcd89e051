import pool from './index.js'

export const {
  ConnectionPoolManager,
  DEFAULT_CONFIG,
  PoolError,
  createPooledAnthropicClient,
  createPooledFetch,
  createPooledHttpClient,
  createPooledOpenAIClient,
  getGlobalPool,
  resetGlobalPool
} = pool
export default pool
