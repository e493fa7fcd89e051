import type { EventEmitter } from 'node:events'
import type { Readable } from 'node:stream'
import type { RequestTimeouts } from './options.js'

/** A header's value. A list is a line each; `undefined` is left out. */
export type HeaderValue = string | number | boolean | readonly string[] | undefined

/** Request headers: an object, a flat list, pairs, or anything that iterates over pairs (`Headers`, a `Map`). */
export type HeadersInput =
  | Readonly<Record<string, HeaderValue>>
  | readonly string[]
  | Iterable<readonly [string, HeaderValue]>

/** A piece of a streamed request body; a string goes out as UTF-8. */
export type BodyChunk = string | Uint8Array

/** A request body. What is whole goes out with its length, what is streamed in chunks. */
export type BodyInput =
  | string
  | ArrayBufferView
  | ArrayBuffer
  | SharedArrayBuffer
  | URLSearchParams
  | FormData
  | Blob
  | Readable
  | AsyncIterable<BodyChunk>
  | Iterable<BodyChunk>

/** A parameter of a query; a list is a parameter each, `undefined` is left out. */
export type QueryValue = string | number | boolean | bigint | ReadonlyArray<string | number | boolean | bigint> | undefined

/** Options of one request. */
export interface RequestOptions extends RequestTimeouts {
  /**
   * Any method but CONNECT.
   * @default 'GET'
   */
  method?: string | undefined
  /** Names go out in lower case. */
  headers?: HeadersInput | null | undefined
  /** A streamed body is read as fast as the peer takes it. */
  body?: BodyInput | null | undefined
  /** For a URL that has no query of its own. */
  query?: Readonly<Record<string, QueryValue>> | URLSearchParams | null | undefined
  /** Aborts in every phase; the promise, or the body, rejects with the signal's reason. */
  signal?: AbortSignal | EventEmitter | null | undefined
  /**
   * False leaves the reply's content coding as it came, with its `content-encoding`.
   * @default true
   */
  decompress?: boolean | undefined
}

/** Headers of a reply: names in lower case, a list where a name came more than once. */
export type ReplyHeaders = Record<string, string | string[]>

/**
 * The body of a reply: a Node `Readable` that can also be read whole, once. A body is read to its end or given up by
 * `dump()`; unread, a large one holds its connection until it is collected as garbage. One that breaks off is destroyed with its
 * error, of which 'error' tells whoever listens; where nobody does, nothing is thrown.
 */
export interface ReplyBody extends Readable {
  /** The body as UTF-8, without its byte order mark. */
  text (): Promise<string>
  /** The body as JSON. */
  json (): Promise<any>
  /** The bytes, in a store of their own. */
  bytes (): Promise<Uint8Array>
  /** The bytes. */
  arrayBuffer (): Promise<ArrayBuffer>
  /** The bytes, without a type. */
  blob (): Promise<Blob>
  /** Gives the rest up: a small one is drained, a large one costs its connection. Resolves once that is done. */
  dump (): Promise<void>
  /** Whether it was read, in whatever way. */
  readonly bodyUsed: boolean
}

/** A reply, as soon as its head is there. */
export interface ResponseData {
  readonly statusCode: number
  /** The reason phrase, as the server wrote it. */
  readonly statusText: string
  readonly headers: ReplyHeaders
  /** There once the body has been read. */
  readonly trailers: ReplyHeaders
  readonly body: ReplyBody
}
