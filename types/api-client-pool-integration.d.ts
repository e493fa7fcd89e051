import type { PoolMetrics, PoolStatus } from './metrics.js'
import type { ConnectionPoolManager } from './pool.js'

/** What a pool counts and times, in ms. Without one: the global pool. */
export function getPoolMetrics (pool?: ConnectionPoolManager): PoolMetrics

/** The figures of a health check. Without a pool: the global one's. */
export function getPoolStatus (pool?: ConnectionPoolManager): PoolStatus

/** The metrics as a text for people. Without a pool: the global one's. */
export function getPoolReport (pool?: ConnectionPoolManager): string
