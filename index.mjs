import pool from './index.js'

export const { ConnectionPoolManager, DEFAULT_CONFIG, PoolError } = pool
export default pool
