import pool from './index.js'

export const {
  ConnectionPoolManager,
  DEFAULT_CONFIG,
  PoolError,
  createPooledHttpClient,
  getGlobalPool,
  resetGlobalPool
} = pool
export default pool
