import pool from './index.js'

export const { ConnectionPoolManager, DEFAULT_CONFIG, PoolError, getGlobalPool, resetGlobalPool } = pool
export default pool
