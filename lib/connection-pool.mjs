import pool from './connection-pool.js'

export const { ConnectionPoolManager, DEFAULT_CONFIG, createPooledFetch, getGlobalPool, resetGlobalPool } = pool
export default pool
