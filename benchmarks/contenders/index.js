'use strict'

/**
 * What a contender is opened with, the same for all.
 * @typedef {object} Setting
 * @property {number} connections at most
 * @property {number} keepIdleMs how long an idle connection is kept, so that none ends between two rounds
 * @property {'json' | 'text'} read how each body is read
 * @property {number} [streams] of one connection at most, over HTTP/2 (each one's own)
 * @property {string} [ca] whom to trust beside the usual
 */

/**
 * @typedef {object} Client
 * @property {(path: string) => Promise<void>} get settles once the body has been read; rejects unless it was a 200
 * @property {(method: 'GET' | 'POST', path: string, headers: Record<string, string>, body: string | undefined) => Promise<string>} [exchange] the text of a 200; rejects otherwise
 * @property {(path: string, bytes: number) => Promise<void>} [upload] so many bytes
 * @property {(path: string, bytes: number) => Promise<void>} [download] so many bytes
 * @property {(path: string) => Promise<ReadableStreamDefaultReader<Uint8Array>>} [stream] of a 200
 * @property {() => Promise<void>} close
 */

/** @typedef {(origin: string, setting: Setting) => Client} Open */

/**
 * By name, loaded when asked for: a contender's process holds no other.
 * @type {Record<string, () => {version: string, open: Open}>}
 */
const contenders = {
  'rag-connection-pool': () => require('./pool').plain,
  'rag-connection-pool, listening': () => require('./pool').listening,
  'rag-connection-pool, unpooled': () => require('./pool').unpooled,
  undici: () => require('./undici').plain,
  'undici, h2': () => require('./undici').h2,
  http2: () => require('./http2'),
  'http.Agent': () => require('./agent').plain,
  'http.Agent, pooled': () => require('./agent').pooled,
  agentkeepalive: () => require('./agent').alive,
  fetch: () => require('./fetch').plain,
  'fetch, pooled': () => require('./fetch').pooled,
  axios: () => require('./axios').plain,
  'axios, pooled': () => require('./axios').pooled,
  openai: () => require('./openai').plain,
  'openai, pooled': () => require('./openai').pooled
}

module.exports = { contenders }
