import type { EventEmitter } from 'node:events'
import type { Agent as HttpAgent } from 'node:http'
import type { Agent as HttpsAgent } from 'node:https'
import type { PoolEvents } from './events.js'
import type { Interceptor, PooledResponse } from './fetch.js'
import type { PoolMetrics, PoolStatus } from './metrics.js'
import type { PoolOptions } from './options.js'
import type { RequestOptions, ResponseData } from './request.js'

/** Options that have a default. */
type Defaulted = Exclude<keyof PoolOptions, 'bodyTimeout' | 'configFile' | 'environments' | 'localAddress' | 'lookup' | 'name' | 'perHostPools' | 'proxy' | 'proxyEnv' | 'socketPath' | 'tls'>

/** The defaults of the options. */
export type DefaultConfig = { readonly [Name in Defaulted]-?: Exclude<PoolOptions[Name], undefined> }

/** A pool's options, merged with the defaults. Unknown ones are kept. */
export type PoolConfig = { -readonly [Name in keyof DefaultConfig]: DefaultConfig[Name] }
  & { bodyTimeout: number }
  & Pick<PoolOptions, 'configFile' | 'localAddress' | 'lookup' | 'name' | 'perHostPools' | 'proxy' | 'proxyEnv' | 'socketPath' | 'tls'>
  & Record<string, unknown>

/** The options' defaults; frozen. */
export const DEFAULT_CONFIG: DefaultConfig

/** A pool of which is known that it is destroyed. */
export type DestroyedPool = ConnectionPoolManager & { readonly destroyed: true }

/**
 * A connection pool for HTTP and HTTPS. One pool is shared by everything that it is given to: its limits hold over all
 * of them. Idle, it does not hold the process open; a request in flight does.
 */
export class ConnectionPoolManager extends EventEmitter<PoolEvents> {
  /**
   * @param options what is left out has its default; unknown keys are kept on `config`
   * @throws {TypeError | RangeError} naming the option, its value and what is allowed
   */
  constructor (options?: PoolOptions & Record<string, unknown>)

  /** The merged options. */
  readonly config: PoolConfig

  /**
   * Sends a request and resolves with the head of its reply, in the shape of undici's `request`.
   *
   * Rejects with a `TypeError` or `RangeError` for a wrong argument, before anything is sent; with the signal's reason
   * when it is aborted; and with a `PoolError` when it fails. A reply of whatever status is no failure.
   */
  request (url: string | URL, options?: RequestOptions): Promise<ResponseData>

  /**
   * The platform's fetch, carried by this pool: the same arguments, the same results, the same errors. A failure is a
   * `TypeError('fetch failed')` whose `cause` is the `PoolError`; an abort rejects with the signal's reason. `dispatcher`
   * is not asked. Another scheme than HTTP's is the platform's.
   */
  fetch (input: string | URL | Request, init?: RequestInit): Promise<PooledResponse>

  /**
   * Lets a function answer requests of `request()` and `fetch()` in JavaScript, for tests. Who came last is asked first; the
   * first that gives something else than undefined or null has answered.
   * What it takes is a part of `requestTimeout`, and `destroy()` ends what it has not answered.
   * @returns the undo
   */
  intercept (fn: Interceptor): () => void

  /**
   * An `http.Agent` whose requests this pool carries, under its limits and on its connections; always the same. Give it to
   * anything that takes one: `http.request`, axios, got, node-fetch.
   *
   * Null once the pool is destroyed. The type says so only of a pool that is known to be: no `agent` option of Node or of a client
   * takes null, so that saying it everywhere would put a `!` at every use and help nobody. Who may come after `destroy()` asks
   * `destroyed` first: Node takes `agent: null` for its own global agent.
   *
   * A request with options of its own for the connection (`lookup`, `localAddress`, `family`, `socketPath`, TLS options such
   * as `ca` or `rejectUnauthorized`) goes by a connection that is kept for such requests alone, within the pool's limits.
   */
  getHttpAgent (this: DestroyedPool): null
  getHttpAgent (): HttpAgent
  /** As `getHttpAgent()`, an `https.Agent`; how it trusts is the pool's `tls`. */
  getHttpsAgent (this: DestroyedPool): null
  getHttpsAgent (): HttpsAgent

  /**
   * The agent for a URL's protocol.
   * @throws {TypeError} when it is no http: or https: URL
   */
  getAgentForUrl (url: string | URL): HttpAgent | HttpsAgent

  /**
   * Opens connections to an origin before they are needed: resolves when `n` are open, in use or idle. It waits for room as a
   * request does, no longer than the pool's `queueTimeout` and not at all where as many wait as `maxQueued` lets; what it opened is
   * idle like any other.
   *
   * Rejects with the `PoolError` of a dial that failed meanwhile, or of such a bound; with a `RangeError` where `maxFreeSockets` or
   * `freeSocketTimeout` is 0, under which no idle connection is kept.
   * @param origin an absolute http: or https: URL; its path goes for nothing
   * @param n from 1 (the default) to what `maxSockets` and `maxSocketsPerHost` allow
   */
  preconnect (origin: string | URL, n?: number): Promise<void>

  /** Closes every idle connection now; gives how many those were. What `minFreeSockets` keeps ready is opened anew. */
  closeIdle (): number

  /** Everything that the pool counts and times, in ms; after `destroy()`, how it ended. */
  getMetrics (): PoolMetrics

  /** The figures of a health check. */
  getStatus (): PoolStatus

  /** The metrics as a text for people. */
  getReport (): string

  /** Counts a request that did not go through the pool; `ms` is how long it took. */
  trackRequest (ms: number): void

  /** Counts the failure of a request that did not go through the pool; as a timeout too if `type` is 'timeout'. */
  trackError (error: unknown, type?: string): void

  /** Counts a request that did not go through the pool and had to wait for a connection. */
  trackPoolExhaustion (): void

  /** Forgets what was counted and timed. What is open, and how much was at most, stays. Emits `metrics_reset`. */
  resetMetrics (): void

  /** Whether `destroy()` was called. */
  get destroyed (): boolean

  /**
   * Takes on no request from now on: they fail with `ERR_POOL_DRAINING`. What waits or is in flight finishes, then the pool is
   * destroyed. Each call gives the same promise; `destroy()` meanwhile ends it at once.
   */
  drain (): Promise<void>

  /**
   * Closes every connection; what waits or is in flight fails with `ERR_POOL_DESTROYED`. Emits `destroyed`, then lets all
   * listeners go. Again, it does nothing.
   */
  destroy (): void
}

/**
 * The pool that everything in this JavaScript thread shares, also between two copies of the package. Who asks first makes
 * it, with his options; who asks later with others has a warning that names them, and the same pool.
 */
export function getGlobalPool (options?: PoolOptions & Record<string, unknown>): ConnectionPoolManager

/** Destroys the global pool; the next `getGlobalPool()` makes another. */
export function resetGlobalPool (): void
