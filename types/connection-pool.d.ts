export { createPooledFetch } from './clients.js'
export { ConnectionPoolManager, DEFAULT_CONFIG, getGlobalPool, resetGlobalPool } from './pool.js'
