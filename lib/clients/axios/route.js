'use strict'

// Which way a request of axios' goes. `pool.request` is the fast one; Node's client over the pool's agents can do
// everything else. A request goes the fast way if no rule of this file speaks against it.

const { types } = require('node:util')
const { TOKEN } = require('../../headers')
const { LONGEST_TARGET } = require('../../request')

/** What only Node's client, or the way in which axios drives it, has. Given as null or false it is not asked for. */
const NODES_OWN = [
  'transport', 'socketPath', 'lookup', 'family', 'localAddress', 'insecureHTTPParser', 'http2Options', 'proxy', 'httpAgent', 'httpsAgent',
  'beforeRedirect', 'sensitiveHeaders', 'onUploadProgress', 'onDownloadProgress', 'maxRate'
]

/** A reply of another type is a stream, or none that axios knows in Node. */
const RESPONSE_TYPES = new Set([undefined, null, '', 'json', 'text', 'arraybuffer'])

/** Of others Node and the engine think differently: whether they have a body, whether they open a tunnel. */
const METHODS = new Set(['get', 'head', 'post', 'put', 'patch', 'delete', 'options'])

/** Headers by which a message is framed or its connection governed. */
const FRAMING = new Set([
  'connection', 'expect', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'
])

/** By the names that the library which axios asks knows. */
const PROXY_VARIABLES = ['http_proxy', 'https_proxy', 'all_proxy', 'npm_config_http_proxy', 'npm_config_https_proxy', 'npm_config_proxy']
  .flatMap(name => [name, name.toUpperCase()])

/** @typedef {(config: any, data: any, headers: any) => boolean} Rule */

/** Why a request takes the agents. @type {Array<[reason: string, applies: Rule]>} */
const RULES = [
  ["an option of Node's client", config => NODES_OWN.some(name => asksFor(config[name]))],
  ['a version of HTTP', ({ httpVersion }) => asksFor(httpVersion)],
  ['a URL that may be longer than the engine takes', config => !urlIsShort(config)],
  ['a reply that is no text and no bytes', ({ responseType }) => !RESPONSE_TYPES.has(responseType)],
  ['data that is streamed', (_, data) => !isWhole(data)],
  ['a method of its own', ({ method }) => !METHODS.has(String(method).toLowerCase())],
  ['a header of the connection, of several values, or with a name that Node refuses', (_, data, headers) => !headersArePlain(headers, data)],
  ['a proxy in the environment', ({ proxy }) => proxy !== false && PROXY_VARIABLES.some(name => asksFor(process.env[name]))]
]

/**
 * @param {any} config of a request, as axios' adapter gets it
 * @param {any} data after all transformations
 * @param {any} headers
 * @returns {string | null} null: it goes by `pool.request`
 */
function reasonForAgents (config, data, headers) {
  for (const [reason, applies] of RULES) {
    if (applies(config, data, headers)) return reason
  }
  return null
}

/**
 * Which of axios' adapters sends a request.
 * @param {any} config
 * @returns {'http' | 'fetch' | 'other'} an adapter of the caller's own, or a browser's, is another
 */
function adapterOf ({ adapter }) {
  const names = Array.isArray(adapter) ? adapter : [adapter]
  // Where there is no XMLHttpRequest, axios passes over the adapter of that name.
  const first = names.find(name => name !== 'xhr' || 'XMLHttpRequest' in globalThis)
  return first === 'http' || first === 'fetch' ? first : 'other'
}

/**
 * @param {any} headers
 * @param {any} data
 */
function headersArePlain (headers, data) {
  for (const name in headers) {
    const lower = name.toLowerCase()
    if (FRAMING.has(lower) || Array.isArray(headers[name]) || !TOKEN.test(name)) return false
    // A request that is sent again brings the length that axios found out; another one the engine would refuse.
    if (lower === 'content-length' && Number(headers[name]) !== (data ? Buffer.byteLength(data) : 0)) return false
  }
  return true
}

/**
 * Whether what axios makes of it fits, each byte as its three characters in a URL.
 * @param {any} config
 */
function urlIsShort ({ baseURL, url, params }) {
  return 3 * (bytesOf(baseURL) + bytesOf(url) + (asksFor(params) ? bytesOfParams(params) : 0)) <= LONGEST_TARGET
}

/** @param {unknown} text */
function bytesOf (text) {
  return asksFor(text) ? Buffer.byteLength(String(text)) : 0
}

/**
 * At most, since axios writes the whole path of keys before each value.
 * @param {any} params
 */
function bytesOfParams (params) {
  if (params instanceof URLSearchParams) return bytesOf(params)
  try {
    return bytesUnder(params, 0)
  } catch {
    // Axios knows what to do with what has no end or no text.
    return Infinity
  }
}

/**
 * @param {any} value
 * @param {number} path bytes of its keys, with their brackets
 * @returns {number}
 */
function bytesUnder (value, path) {
  if (typeof value !== 'object' || value === null || value instanceof Date) return path + Buffer.byteLength(String(value)) + 2
  return Object.entries(value).reduce((sum, [name, one]) => sum + bytesUnder(one, path + Buffer.byteLength(name) + 2), 0)
}

/** @param {unknown} value */
function asksFor (value) {
  return value !== undefined && value !== null && value !== false && value !== ''
}

/** Nothing, text or bytes. @param {any} data */
function isWhole (data) {
  if (!data) return true
  return typeof data === 'string' || Buffer.isBuffer(data) || types.isArrayBuffer(data)
}

module.exports = { adapterOf, reasonForAgents }
