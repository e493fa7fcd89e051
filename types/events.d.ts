import type { Agent as HttpAgent } from 'node:http'
import type { Agent as HttpsAgent } from 'node:https'
import type { PoolMetrics } from './metrics.js'

/** `'http'` or `'https'`. */
export type Protocol = 'http' | 'https'

/**
 * The events of a pool, each with what its listeners are called with. What nobody listens to is not even made. `active`
 * counts the connections that carry a request right after what is told. Times are in ms.
 */
export interface PoolEvents {
  /** The agents were made, when one of them was first asked for. */
  agents_initialized: [{ http: HttpAgent, https: HttpsAgent }]
  /** A connection was opened; `total` are open now, and `origin` is `scheme://host:port`. */
  connection_created: [{ protocol: Protocol, origin: string, active: number, total: number }]
  /** A connection came back from its request and stays open. */
  connection_freed: [{ protocol: Protocol, host: string, port: number, active: number }]
  /** A connection is gone, and why: `'idle timeout'`, `'closed by the peer'`, `'detached'`, … */
  connection_removed: [{ protocol: Protocol, host: string, active: number, reason: string }]
  /** A reply arrived whole, or `trackRequest` was called. `connectionReuse` counts the requests on reused connections. */
  request_completed: [{ duration: number, avgResponseTime: number, connectionReuse: number }]
  /**
   * A request failed with the very error that its caller got (of a `fetch` its `cause`), or `trackError` was called. `type` is `'timeout'` when a time
   * ran out. What a caller aborts is no error.
   */
  request_error: [{ error: unknown, type: string, totalErrors: number }]
  /** A request has to wait because a limit is reached, or `trackPoolExhaustion` was called. */
  pool_exhausted: [{ maxSockets: number, active: number, exhaustedCount: number }]
  /** More than 80 % of `maxSockets` are in use. Once, until it was less. */
  high_utilization: [{ utilization: number, active: number, max: number }]
  /** More than 5 % of all requests failed. Once, until it was less. */
  high_error_rate: [{ errorRate: number, errors: number, requests: number }]
  /** Every `metricsInterval`, while `trackMetrics` is on. */
  metrics_collected: [PoolMetrics]
  /** After `resetMetrics()`. */
  metrics_reset: []
  /** Once, by `destroy()`; then all listeners are let go. */
  destroyed: []
}
