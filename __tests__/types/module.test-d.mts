// As `package.test-d.ts`, for those who import.

import all, { ConnectionPoolManager, DEFAULT_CONFIG, PoolError } from '../../index.mjs'
import parts, { getGlobalPool } from 'rag-connection-pool/connection-pool'

export const shared: ConnectionPoolManager[] = [getGlobalPool(), parts.getGlobalPool({ maxSockets: 1 })]
export const pools: ConnectionPoolManager[] = [new ConnectionPoolManager(), new all.ConnectionPoolManager()]
export const defaults: number[] = [DEFAULT_CONFIG.maxSockets, all.DEFAULT_CONFIG.maxSockets]
export const isOurs = (error: unknown): error is PoolError => error instanceof all.PoolError
