import type { Readable } from 'node:stream'
import type { PoolMetrics, PoolStatus } from './metrics.js'
import type { ConnectionPoolManager } from './pool.js'
import type { BodyInput, HeaderValue, RequestOptions } from './request.js'

/** A parameter of a query; null and undefined are left out, a list is a parameter each. */
type Parameter = string | number | boolean | bigint | Date | null | undefined

/** What `createPooledHttpClient` sends with every call that does not say otherwise. */
export interface HttpClientOptions extends Pick<RequestOptions, 'queueTimeout' | 'connectTimeout' | 'headersTimeout' | 'bodyTimeout' | 'signal'> {
  /** Stands before every URL that is not absolute, its own path included. */
  baseURL?: string | URL | undefined
  /** Names in any case; null takes one of the client's own away. `Headers`, a `Map` and a list of pairs are what iterates over pairs. */
  headers?: Readonly<Record<string, HeaderValue | null>> | Iterable<readonly [string, HeaderValue | null]> | undefined
  /** Added to the URL's own query; a name given for a call replaces that of the client. */
  params?: Readonly<Record<string, Parameter | readonly Parameter[]>> | URLSearchParams | undefined
  /** Another name for `params`. */
  query?: HttpClientOptions['params']
  /**
   * ms for a whole call, from the queue to the last byte, redirects included; 0: no limit.
   * @default 0
   */
  timeout?: number | undefined
  /**
   * What `data` of the reply is. 'auto' goes by the content type: JSON as its value (as text, if it cannot be parsed, and
   * null when empty), text as a string, anything else as an ArrayBuffer. 'stream' is the body as it arrives.
   * @default 'auto'
   */
  responseType?: 'auto' | 'json' | 'text' | 'arraybuffer' | 'stream' | undefined
  /**
   * Redirects that are followed, as fetch follows them; 0: a redirect is a reply.
   * @default 20
   */
  maxRedirects?: number | undefined
  /**
   * Whether a status of 400 or more rejects with an error that has `status`, `code` and `response`.
   * @default false
   */
  throwOnError?: boolean | undefined
}

/** Options of one call. */
export interface HttpClientConfig extends HttpClientOptions {
  /** Absolute, or a path below `baseURL`. */
  url?: string | URL | undefined
  /** @default 'GET' */
  method?: string | undefined
  /**
   * A body of any kind; another value goes out as JSON, or as the form that a `content-type` of
   * `application/x-www-form-urlencoded` or `multipart/form-data` names. What iterates over bytes and texts is a body in pieces,
   * but for an array and what has `toJSON()`, which are values; a `Map`, a `Set` and a promise are refused. In a form a list is
   * a field each and an object the text of its JSON; as multipart a `Blob` and bytes are files, wherever in it they stand.
   */
  data?: BodyInput | object | number | boolean | null | undefined
}

/** A reply of `createPooledHttpClient`. Its body can be asked for as often as one likes, unless it is a stream. */
export interface HttpClientReply<Data = any> {
  /** Whether the status is from 200 to 299. */
  readonly ok: boolean
  readonly status: number
  readonly statusText: string
  readonly headers: Headers
  /** Where it came from, after redirects. */
  readonly url: string
  readonly redirected: boolean
  /** The method that was answered, after redirects. */
  readonly method: string
  /** The body, as `responseType` says. */
  data: Data
  json (): Promise<any>
  text (): Promise<string>
  arrayBuffer (): Promise<ArrayBuffer>
  /** The body as a stream. */
  readonly body: Readable
}

/** What `throwOnError` rejects with. */
export interface HttpStatusError extends Error {
  readonly name: 'HttpStatusError'
  readonly code: 'ERR_BAD_REQUEST' | 'ERR_BAD_RESPONSE'
  readonly status: number
  readonly method: string
  /** Without credentials and query. */
  readonly url: string
  readonly response: HttpClientReply
}

/** A client that speaks JSON over a pool. */
export interface PooledHttpClient {
  request<Data = any> (config: HttpClientConfig): Promise<HttpClientReply<Data>>
  get<Data = any> (url: string | URL, config?: HttpClientConfig): Promise<HttpClientReply<Data>>
  delete<Data = any> (url: string | URL, config?: HttpClientConfig): Promise<HttpClientReply<Data>>
  post<Data = any> (url: string | URL, data?: HttpClientConfig['data'], config?: HttpClientConfig): Promise<HttpClientReply<Data>>
  put<Data = any> (url: string | URL, data?: HttpClientConfig['data'], config?: HttpClientConfig): Promise<HttpClientReply<Data>>
  patch<Data = any> (url: string | URL, data?: HttpClientConfig['data'], config?: HttpClientConfig): Promise<HttpClientReply<Data>>
}

/**
 * A generic client over a pool. A status of whatever kind resolves, unless `throwOnError` is set.
 * @param pool default: the global pool
 * @throws {TypeError | RangeError} naming the option and what is allowed
 */
export function createPooledHttpClient (options?: HttpClientOptions, pool?: ConnectionPoolManager): PooledHttpClient

/** `pool.getMetrics()`, of the global pool unless one is given. */
export function getPoolMetrics (pool?: ConnectionPoolManager): PoolMetrics

/** `pool.getStatus()`, of the global pool unless one is given. */
export function getPoolStatus (pool?: ConnectionPoolManager): PoolStatus

/** `pool.getReport()`, of the global pool unless one is given. */
export function getPoolReport (pool?: ConnectionPoolManager): string

/** The options of an SDK's class, without those that would send requests past the pool. */
type SdkConfig<Class extends new (...args: any[]) => unknown> = Omit<Exclude<ConstructorParameters<Class>[0], undefined>, 'fetch' | 'httpAgent'>

/**
 * An OpenAI client whose requests the pool carries; retries, timeouts and streams stay the SDK's. Where the global pool is
 * made by this call, it has `{ maxSockets: 30, maxSocketsPerHost: 30, maxFreeSockets: 10, timeout: 60000 }`.
 * @param OpenAI the SDK's class, of version 4 or later; the client is an instance of it
 * @param config the SDK's own options, but `fetch`, `httpAgent` and `fetchOptions.dispatcher`, which are refused
 * @param pool default: the global pool
 * @throws {TypeError} naming the argument
 */
export function createPooledOpenAIClient<Class extends new (...args: any[]) => unknown> (
  OpenAI: Class, config?: SdkConfig<Class>, pool?: ConnectionPoolManager
): InstanceType<Class>

/**
 * An Anthropic client whose requests the pool carries, as `createPooledOpenAIClient` does it.
 * @param Anthropic the SDK's class; the client is an instance of it
 */
export function createPooledAnthropicClient<Class extends new (...args: any[]) => unknown> (
  Anthropic: Class, config?: SdkConfig<Class>, pool?: ConnectionPoolManager
): InstanceType<Class>

/** What all versions of axios have. */
interface AxiosLike {
  interceptors: { request: { use: (...args: any[]) => number, eject: (id: number) => void } }
}

/**
 * Sends what an axios sends through the pool; each option of a request keeps its meaning. What only Node's client does goes
 * through the pool's agents, and an agent or adapter of the caller's own is left alone. Called again for the same axios it
 * only changes the pool.
 * @param axios the default export, or an instance; the same is returned
 * @param pool default: the global pool
 */
export function addAxiosPoolingInterceptor<Axios extends AxiosLike> (axios: Axios, pool?: ConnectionPoolManager): Axios

/** Undoes `addAxiosPoolingInterceptor`. */
export function removeAxiosPoolingInterceptor<Axios extends AxiosLike> (axios: Axios): Axios

/**
 * node-fetch, of version 2 or 3, through the pool's agents. A request's own `agent` is left alone.
 * @param pool default: the global pool
 */
export function createPooledNodeFetch<NodeFetch extends (...args: any[]) => any> (nodeFetch: NodeFetch, pool?: ConnectionPoolManager): NodeFetch
