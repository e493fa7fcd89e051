import type { ConnectionPoolManager } from './pool.js'
import type { BodyInput, HeadersInput } from './request.js'

/**
 * What `pool.fetch()` resolves with: a `Response` in all that its own members show. Headers and body stream are made when
 * they are touched. A method taken off `Response.prototype` and called on it throws; `toNative()` is the way out.
 */
export interface PooledResponse extends Response {
  /**
   * The platform's own Response, with this one's body, which is then used. It is made by the constructor: its headers may be changed,
   * and a clone of it has no `url`.
   * @throws {RangeError} for a status beyond 599, which no constructor takes
   */
  toNative (): Response
}

/** A request as an interceptor is shown it. */
export interface InterceptedRequest {
  /** Absolute, without credentials and fragment. */
  readonly url: string
  readonly method: string
  /** Names in lower case; a list where a name is sent more than once. */
  readonly headers: Record<string, string | string[]>
  /** As it was given; null without one. A stream can be read once: who reads it has to answer. */
  readonly body: string | Uint8Array | AsyncIterable<unknown> | Iterable<unknown> | null
  readonly signal: unknown
}

/** What an interceptor answers with: a `Response`, or what has the same members, or undici's names for them. */
export interface InterceptedAnswer {
  /** From 200 to 599; `status` is the same. */
  statusCode?: number | undefined
  status?: number | undefined
  /** A reason phrase, in one line. */
  statusText?: string | undefined
  /** Those of the connection that a reply came by (`connection`, `keep-alive`, `transfer-encoding`) are left out. */
  headers?: HeadersInput | Headers | null | undefined
  /** As whoever asked is to read it: nothing is decompressed. */
  body?: BodyInput | null | undefined
}

/**
 * Answers a request in the engine's place, or lets it pass with undefined. What it throws is what the request fails with.
 */
export type Interceptor = (request: InterceptedRequest) =>
  Response | InterceptedAnswer | null | undefined | void | Promise<Response | InterceptedAnswer | null | undefined | void>

/**
 * A fetch whose requests the pool carries, for what takes a fetch. Failures are `TypeError('fetch failed')` with the real
 * error as `cause`.
 * @param pool default: the global pool
 */
export function createPooledFetch (pool?: ConnectionPoolManager): typeof fetch

/** `createPooledFetch` under the name that applications know. */
export function createPooledFetchWrapper (pool?: ConnectionPoolManager): typeof fetch

/**
 * Puts the pool's fetch in place of `globalThis.fetch`, for clients that take no fetch. A `dispatcher` that a call names is
 * not asked: the pool carries the call.
 * @param pool default: the global pool
 * @returns the undo, which puts back exactly what was there; called again it does nothing
 */
export function installGlobal (pool?: ConnectionPoolManager): () => void
