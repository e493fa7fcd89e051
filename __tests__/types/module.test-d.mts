// As `package.test-d.ts`, for those who import.

import all, { ConnectionPoolManager, DEFAULT_CONFIG, PoolError } from '../../index.mjs'

export const pools: ConnectionPoolManager[] = [new ConnectionPoolManager(), new all.ConnectionPoolManager()]
export const defaults: number[] = [DEFAULT_CONFIG.maxSockets, all.DEFAULT_CONFIG.maxSockets]
export const isOurs = (error: unknown): error is PoolError => error instanceof all.PoolError
