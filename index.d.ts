export { ConnectionPoolManager, DEFAULT_CONFIG, getGlobalPool, resetGlobalPool } from './types/pool.js'
export type { DefaultConfig, DestroyedPool, PoolConfig } from './types/pool.js'
export type { PoolEvents, Protocol } from './types/events.js'
export { PoolError } from './types/errors.js'
export type { Occupancy, Phase, PoolErrorCode } from './types/errors.js'
export type { OriginMetrics, PhaseTimes, Phases, PoolMetrics, PoolStatus, RequestMetrics, Standing, Times } from './types/metrics.js'
export type { HostOptions, PoolOptions, RequestTimeouts } from './types/options.js'
export type {
  BodyChunk, BodyInput, HeaderValue, HeadersInput, QueryValue, ReplyBody, ReplyHeaders, RequestOptions, ResponseData
} from './types/request.js'
export {
  addAxiosPoolingInterceptor, createPooledAnthropicClient, createPooledHttpClient, createPooledNodeFetch,
  createPooledOpenAIClient, getPoolMetrics, getPoolReport, getPoolStatus, removeAxiosPoolingInterceptor
} from './types/clients.js'
export { createPooledFetch, createPooledFetchWrapper, installGlobal } from './types/fetch.js'
export type { InterceptedAnswer, InterceptedRequest, Interceptor, PooledResponse } from './types/fetch.js'
export type { HttpClientConfig, HttpClientOptions, HttpClientReply, HttpStatusError, PooledHttpClient } from './types/clients.js'
