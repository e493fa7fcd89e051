import pool from './connection-pool.js'

export const { ConnectionPoolManager, DEFAULT_CONFIG, getGlobalPool, resetGlobalPool } = pool
export default pool
