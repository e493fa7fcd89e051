/** How far a request had come when it failed. */
export type Phase = 'queue' | 'dns' | 'connect' | 'proxy' | 'tls' | 'head' | 'body'

/** How full a pool was when a request failed. */
export interface Occupancy {
  /** Open connections, those being dialled included. */
  total: number
  /** Connections that carry a request. */
  active: number
  /** Connections that wait for one. */
  idle: number
  /** Requests that wait for a connection. */
  waiting: number
}

/** The pool's own codes. Beside them an error has Node's: `ECONNRESET`, `ENOTFOUND`, `CERT_HAS_EXPIRED`, `HPE_*`, `Z_*`. */
export type PoolErrorCode =
  | 'ERR_POOL_ABORTED'
  | 'ERR_POOL_BODY_TIMEOUT'
  | 'ERR_POOL_BODY_TOO_LARGE'
  | 'ERR_POOL_CONNECT_TIMEOUT'
  | 'ERR_POOL_DESTROYED'
  | 'ERR_POOL_DRAINING'
  | 'ERR_POOL_HEADERS_TIMEOUT'
  | 'ERR_POOL_INTERNAL'
  | 'ERR_POOL_PIN_MISMATCH'
  | 'ERR_POOL_TLS_UNSUPPORTED'
  | 'ERR_POOL_PROXY_AUTH'
  | 'ERR_POOL_PROXY_REFUSED'
  | 'ERR_POOL_PROXY_REPLY'
  | 'ERR_POOL_QUEUE_FULL'
  | 'ERR_POOL_QUEUE_TIMEOUT'
  | 'ERR_POOL_REQUEST_TIMEOUT'
  | 'ERR_POOL_USER'
  | 'ERR_POOL_WRITE_TIMEOUT'

/** What the engine tells of a failure. Absent fields are not known. */
export interface Failure {
  code: string
  phase: string
  message: string
  origin?: string
  proxy?: string
  proxyStatus?: number
  errno?: number
  syscall?: string
  address?: string
  port?: number
  hostname?: string
  occupancy?: Occupancy
  lastFailure?: string
  reusedSocket?: boolean
  bytesRead?: number
  bytesWritten?: number
  mayHaveBeenProcessed?: boolean
  causes?: Failure[]
}

/**
 * A request that failed. It holds no header value, no query string and no body.
 *
 * A wrong argument is no `PoolError` but a `TypeError` or `RangeError` with Node's code.
 */
export class PoolError extends Error {
  /** Made by the engine. */
  constructor (failure: Failure)

  get name (): 'PoolError'
  /** Node's code where Node has one, the pool's own otherwise. */
  readonly code: PoolErrorCode | (string & {})
  /** How far the request had come. */
  readonly phase: Phase
  /** `scheme://host:port`. */
  readonly origin?: string
  /** The proxy that the request was to go by, without its credentials: `scheme://host:port`. */
  readonly proxy?: string
  /** What an HTTP proxy answered in place of the origin. */
  readonly proxyStatus?: number
  /** The operating system's number, negative as in Node. */
  readonly errno?: number
  /** The call that failed: `connect`, `read`, `write`, `getaddrinfo`. */
  readonly syscall?: string
  /** The peer's address, where the call had one. */
  readonly address?: string
  /** The peer's port, where the call had one. */
  readonly port?: number
  /** The name that was looked up. */
  readonly hostname?: string
  /** What is wrong with the name of a certificate. */
  readonly reason?: string
  /** Whose certificate it should have been. */
  readonly host?: string
  /** The certificate, as `tls.TLSSocket.getPeerCertificate(true)` gives it. */
  readonly cert?: import('node:tls').DetailedPeerCertificate
  /** How full the pool was. */
  readonly occupancy?: Occupancy
  /** Why the last dial to the origin failed, when a request waited in vain. */
  readonly lastFailure?: string
  /** Whether the connection had served a request before. */
  readonly reusedSocket?: boolean
  /**
   * Bytes of the reply that had arrived, its head included. Over HTTP/2, where many share a connection: those of the fields of
   * its head and trailers, as they are before compression, and of its body.
   */
  readonly bytesRead?: number
  /**
   * Bytes of the request that the system had taken, its head included. Over HTTP/2: those of the fields of its head, as they are before
   * compression, and of what the server had room for of its body.
   */
  readonly bytesWritten?: number
  /** Whether the peer may have acted on the request, so that sending it again may do a thing twice. */
  readonly mayHaveBeenProcessed?: boolean
  /** One for each address, where several were tried and each failed. */
  readonly errors?: PoolError[]
  /**
   * What a `lookup` or `checkServerIdentity` of one's own gave or threw; where several addresses were tried and each failed, an
   * `AggregateError` of the same `errors`.
   */
  readonly cause?: unknown
}
