'use strict'

const { NATIVE, OURS, REQUEST, everybody } = require('./peers')

/** What an application sends that wants a text embedded, or an answer. */
const ASKED = JSON.stringify({ model: 'text-embedding-3-small', input: 'Who looks after the cat?' })
const MEBIBYTES = 16

/**
 * @typedef {object} Bound
 * @property {'rate' | 'thread' | 'process' | 'p99'} figure
 * @property {'≤' | '≥'} sense
 * @property {number} bound
 * @property {string[]} [beside] to whichever of them is better (undici's `request`)
 */

/**
 * @typedef {object} Scenario
 * @property {string} name
 * @property {string} title
 * @property {import('../side-by-side').Way} way
 * @property {'load' | 'pace' | 'streams' | 'bodies' | 'dials' | 'idle'} kind
 * @property {string} unit that CPU is counted by and that come in a second
 * @property {any} of the kind's own: what is sent
 * @property {number} connections at most
 * @property {string[]} peers of a whole run
 * @property {Bound[]} bounds
 * @property {boolean} [isPinned] the client has one CPU
 */

/** @param {number} lanes */
const small = lanes => ({ path: '/json', lanes, timedEvery: lanes >= 50 ? 10 : 1 })

/**
 * @param {number} rate
 * @param {number} thread
 * @param {number} process
 * @returns {Bound[]}
 */
const bounds = (rate, thread, process) => [
  { figure: 'rate', sense: '≥', bound: rate }, { figure: 'thread', sense: '≤', bound: thread }, { figure: 'process', sense: '≤', bound: process }
]

/** @type {Bound} */
const NO_LATER = { figure: 'p99', sense: '≤', bound: 1 }

/** @type {Scenario[]} */
const SCENARIOS = [
  {
    name: 'json-1',
    title: 'small JSON, plain, one in flight',
    way: 'plain',
    kind: 'load',
    unit: 'request',
    of: small(1),
    connections: 1,
    peers: [OURS, ...REQUEST, NATIVE],
    bounds: []
  },
  {
    name: 'json-50',
    title: 'small JSON, plain, 50 in flight',
    way: 'plain',
    kind: 'load',
    unit: 'request',
    of: small(50),
    connections: 50,
    peers: everybody(),
    bounds: [...bounds(1.7, 0.15, 0.75), { figure: 'process', sense: '≤', bound: 1.7, beside: [NATIVE] }]
  },
  {
    name: 'json-500',
    title: 'small JSON, plain, 500 in flight',
    way: 'plain',
    kind: 'load',
    unit: 'request',
    of: small(500),
    connections: 500,
    peers: [OURS, ...REQUEST],
    bounds: bounds(1.9, 0.12, 0.7)
  },
  {
    name: 'json-tls',
    title: 'small JSON, TLS, 50 in flight',
    way: 'tls',
    kind: 'load',
    unit: 'request',
    of: small(50),
    connections: 50,
    peers: [OURS, ...REQUEST, NATIVE, 'wreq-js'],
    bounds: bounds(2, 0.12, 0.6)
  },
  {
    name: 'json-h2',
    title: 'small JSON, posted, TLS and HTTP/2, 50 in flight on one connection',
    way: 'h2',
    kind: 'load',
    unit: 'request',
    of: { ...small(50), body: ASKED },
    connections: 1,
    peers: [OURS, ...REQUEST, 'http2', NATIVE],
    bounds: [...bounds(4, 0.1, 0.3), { figure: 'rate', sense: '≥', bound: 2.5, beside: ['http2'] }]
  },
  {
    name: 'embeddings',
    title: 'embeddings of 1,536 floats, posted, TLS, 50 in flight, read by json()',
    way: 'tls',
    kind: 'load',
    unit: 'request',
    of: { ...small(50), path: '/v1/embeddings', body: ASKED },
    connections: 50,
    peers: [OURS, ...REQUEST, 'fetch'],
    bounds: bounds(1.4, 0.55, 1)
  },
  {
    name: 'sse-200',
    title: '200 streams of tokens, one every 50 ms',
    way: 'plain',
    kind: 'streams',
    unit: 'token',
    of: { count: 200 },
    connections: 200,
    peers: [OURS, ...REQUEST],
    bounds: []
  },
  {
    name: 'sse-1000',
    title: '1,000 streams of tokens, one every 50 ms, as bytes; what an open stream holds',
    way: 'plain',
    kind: 'streams',
    unit: 'token',
    of: { count: 1_000 },
    connections: 1_000,
    peers: [OURS, ...REQUEST, 'fetch'],
    bounds: [{ figure: 'thread', sense: '≤', bound: 0.6 }, { figure: 'process', sense: '≤', bound: 1.2 }]
  },
  {
    name: 'bodies',
    title: `bodies of ${MEBIBYTES} MiB, TLS, down and up by turns`,
    way: 'tls',
    kind: 'bodies',
    unit: 'MiB',
    of: { bytes: MEBIBYTES * 2 ** 20 },
    connections: 50,
    peers: [OURS, ...REQUEST, 'http.Agent'],
    bounds: bounds(1.2, 0.5, 0.9)
  },
  {
    name: 'fresh',
    title: '100 fresh TLS connections at once',
    way: 'tls',
    kind: 'dials',
    unit: 'connection',
    of: { path: '/json', count: 100, together: true },
    connections: 100,
    peers: [OURS, ...REQUEST],
    bounds: []
  },
  {
    name: 'pinned',
    title: 'small JSON, plain, 50 in flight, the client pinned to one core',
    way: 'plain',
    kind: 'load',
    unit: 'request',
    of: small(50),
    connections: 50,
    peers: [OURS, ...REQUEST],
    bounds: bounds(1.2, 0.25, 0.9),
    isPinned: true
  },
  {
    name: 'open',
    title: 'small JSON, plain, 200 requests a second whatever the replies',
    way: 'plain',
    kind: 'pace',
    unit: 'request',
    of: { path: '/json', perSecond: 200 },
    connections: 50,
    peers: [OURS, ...REQUEST],
    bounds: [NO_LATER, { figure: 'thread', sense: '≤', bound: 0.4 }]
  },
  {
    name: 'busy',
    title: 'the same with the event loop kept half busy',
    way: 'plain',
    kind: 'pace',
    unit: 'request',
    of: { path: '/json', perSecond: 200, busyMs: 5 },
    connections: 50,
    peers: [OURS, ...REQUEST],
    bounds: [NO_LATER]
  },
  ...['plain', 'tls'].map(way => /** @type {Scenario} */ ({
    name: `idle-${way}`,
    title: `1,000 idle connections, ${way === 'tls' ? 'TLS' : way}: what one holds`,
    way,
    kind: 'idle',
    unit: 'connection',
    of: { count: 1_000 },
    connections: 1_000,
    peers: [OURS, ...REQUEST],
    bounds: []
  }))
]

module.exports = { SCENARIOS }
