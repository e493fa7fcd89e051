'use strict'

/**
 * What a contender is opened with, the same for all.
 * @typedef {object} Setting
 * @property {number} connections at most
 * @property {number} keepIdleMs how long an idle connection is kept, so that none ends between two rounds
 * @property {'json' | 'text'} read how each body is read
 * @property {boolean} [h2] HTTP/2
 * @property {number} [streams] of one connection at most, over HTTP/2 (each one's own)
 * @property {string} [ca] whom to trust beside the usual
 */

/**
 * @typedef {object} Client
 * @property {(path: string, body?: string) => Promise<void>} call a GET, or a POST of JSON; settles once the reply has been read; rejects unless it was a 200
 * @property {(method: 'GET' | 'POST', path: string, headers: Record<string, string>, body: string | undefined) => Promise<string>} [exchange] the text of a 200; rejects otherwise
 * @property {(path: string, bytes: number) => Promise<void>} [upload] so many bytes
 * @property {(path: string, bytes: number) => Promise<void>} [download] so many bytes
 * @property {(path: string, take: (chunk: Uint8Array) => void) => Promise<void>} [stream] of a 200, to its end
 * @property {() => Promise<void>} close
 */

/** @typedef {(origin: string, setting: Setting) => Client | Promise<Client>} Open */

/**
 * By name, loaded when asked for: a contender's process holds no other.
 * @type {Record<string, () => {version: string, open: Open}>}
 */
const contenders = {
  'rag-connection-pool': () => require('./pool').plain,
  'rag-connection-pool, listening': () => require('./pool').listening,
  'rag-connection-pool, unpooled': () => require('./pool').unpooled,
  undici: () => require('./undici').of('undici').request,
  'undici stream': () => require('./undici').of('undici').stream,
  'undici dispatch': () => require('./undici').of('undici').dispatch,
  'undici fetch': () => require('./undici').of('undici').fetch,
  'undici 8': () => require('./undici').of('undici-8').request,
  'undici 8 stream': () => require('./undici').of('undici-8').stream,
  'undici 8 dispatch': () => require('./undici').of('undici-8').dispatch,
  'undici 8 fetch': () => require('./undici').of('undici-8').fetch,
  http2: () => require('./http2'),
  'http.Agent': () => require('./agent').plain,
  'http.Agent, pooled': () => require('./agent').pooled,
  agentkeepalive: () => require('./agent').agentkeepalive,
  fetch: () => require('./fetch').plain,
  'fetch, pooled': () => require('./fetch').pooled,
  'node-fetch': () => require('./node-fetch'),
  impit: () => require('./impit'),
  'wreq-js': () => require('./wreq'),
  axios: () => require('./axios').plain,
  'axios, pooled': () => require('./axios').pooled,
  'axios as it comes': () => require('./axios').usual,
  'axios as it comes, pooled': () => require('./axios').usualPooled,
  got: () => require('./got'),
  openai: () => require('./openai').plain,
  'openai, pooled': () => require('./openai').pooled
}

module.exports = { contenders }
