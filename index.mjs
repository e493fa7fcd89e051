import pool from './index.js'

export const { ConnectionPoolManager, DEFAULT_CONFIG, PoolError, getGlobalPool, getPoolMetrics, getPoolReport, getPoolStatus, resetGlobalPool } = pool
export default pool
