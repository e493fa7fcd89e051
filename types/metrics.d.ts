/** Times of one phase of requests, in ms. */
export interface Times {
  avg: number
  p50: number
  p95: number
  p99: number
}

/** Times of one phase with how many were measured and the longest. */
export interface PhaseTimes extends Times {
  count: number
  max: number
}

/**
 * Times by phase; a phase that never happened is absent. `deliveryLag` is how long a finished reply waited for a busy
 * JavaScript thread, `firstEvent` the time to the first server-sent event.
 */
export type Phases = Partial<Record<'queue' | 'dns' | 'connect' | 'tls' | 'firstByte' | 'firstEvent' | 'total' | 'deliveryLag', PhaseTimes>>

/** What stands at this moment. */
export interface Standing {
  /** Connections that carry a request. */
  active: number
  /** Connections that wait for one. */
  idle: number
  /** Requests that wait for a connection. */
  pending: number
  /** Open connections. */
  total: number
}

/** What was counted since the pool was made or `resetMetrics()` was called. */
export interface RequestMetrics {
  totalRequests: number
  /** Requests that a reused connection served. */
  cachedConnections: number
  /** Requests that a fresh connection served. */
  newConnections: number
  /** The same as `cachedConnections`. */
  connectionReuse: number
  /** Per cent. */
  connectionReuseRate: number
  timeouts: number
  errors: number
  aborted: number
  /** Requests that were sent again on a fresh connection. */
  resent: number
  /** Bodies that were collected as garbage unread. */
  leaked: number
  /** TLS handshakes that made a connection. */
  tlsHandshakes: number
  /** Those among them that resumed an earlier session. */
  tlsResumed: number
  bytesIn: number
  bytesOut: number
  /** ms */
  avgResponseTime: number
  /** ms */
  totalResponseTime: number
  /** How often a request had to wait because a limit was reached. */
  poolExhausted: number
}

/** The figures of one origin. */
export interface OriginMetrics extends RequestMetrics, Standing {
  responseTime: Times
  phases: Phases
  /** Connections that are being opened. */
  connecting: number
  /** ms that the first of those who wait has been waiting. */
  oldestWaitMs: number
}

/** Everything that a pool counts and times. Always: created − destroyed − detached = open. */
export interface PoolMetrics extends RequestMetrics {
  connectionsCreated: number
  connectionsDestroyed: number
  /** Connections that left the pool and its limits. */
  detached: number
  /** Open connections. */
  currentPoolSize: number
  /** Connections that are being opened. */
  connecting: number
  /** The most that were ever open; `resetMetrics()` keeps it. */
  peakPoolSize: number
  /** Per cent of `maxSockets` that carry a request. */
  poolUtilization: number
  responseTime: Times
  phases: Phases
  agents: { http: Standing, https: Standing }
  /** By `scheme://host:port`. */
  readonly origins: Record<string, OriginMetrics>
  /** ms that the first of those who wait has been waiting. */
  oldestWaitMs: number
  config: { maxSockets: number, maxSocketsPerHost: number, maxFreeSockets: number, timeout: number }
}

/** The figures of a health check. */
export interface PoolStatus {
  /** Whether less than 90 per cent of the connections carry a request. */
  healthy: boolean
  /** Per cent. */
  utilization: number
  activeConnections: number
  maxConnections: number
  /** Per cent. */
  connectionReuse: number
  /** ms */
  avgResponseTime: number
  errors: number
  timeouts: number
}
