export { createPooledFetch } from './fetch.js'
export { ConnectionPoolManager, DEFAULT_CONFIG, getGlobalPool, resetGlobalPool } from './pool.js'
