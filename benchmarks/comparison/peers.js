'use strict'

const { execFileSync } = require('node:child_process')
const { NATIVE } = require('../contender')

const OURS = 'rag-connection-pool'

/** undici's lowest call that gives a body to read, of each of its versions: the ratios are to whichever is better. */
const REQUEST = ['undici', 'undici 8']

/** Whoever can be measured, each a contender's name. */
const PEERS = [
  OURS, 'fetch, pooled', NATIVE, 'undici', 'undici stream', 'undici dispatch', 'undici fetch', 'undici 8', 'undici 8 stream', 'undici 8 dispatch',
  'undici 8 fetch', 'http2', 'http.Agent', 'agentkeepalive', 'fetch', 'axios', 'node-fetch', 'got', 'impit', 'wreq-js'
]

/**
 * Whoever is looked for here and cannot be.
 * @type {Record<string, string>}
 */
const ABSENT = {
  'node-libcurl': 'its package holds no binary: when it is installed it downloads or builds one',
  '@passcod/faith': 'npm gives no package of that name'
}

/** Whoever would quietly measure HTTP/1.1 where HTTP/2 was meant. */
const HTTP1 = ['http.Agent', 'agentkeepalive', 'axios', 'node-fetch', 'got']

/** The oldest Node whose own fetch takes HTTP/2 where it is offered. */
const FETCH_OF_HTTP2 = 26

/** The oldest Node that undici 8 runs on. */
const UNDICI_8 = [22, 19]

/**
 * Why a peer cannot be measured here; undefined if it can.
 * @param {string} name
 * @param {Pick<import('./scenarios').Scenario, 'way' | 'kind'>} scenario
 * @param {string} [node] its version
 */
function absence (name, { way, kind }, node = process.versions.node) {
  if (name === NATIVE && kind !== 'load') return 'it carries small requests alone, each behind the last'
  const [major = 0, minor = 0] = node.split('.').map(Number)
  if (way === 'h2' && (HTTP1.includes(name) || (name === 'fetch' && major < FETCH_OF_HTTP2))) return 'it speaks HTTP/1.1 alone'
  if (way !== 'h2' && name === 'http2') return 'it speaks HTTP/2 alone'
  const [least = 0, after = 0] = UNDICI_8
  if (name.startsWith('undici 8') && (major < least || (major === least && minor < after))) return `needs Node ${UNDICI_8.join('.')}`
  return ABSENT[name]
}

/**
 * The other ways of undici, of the newest of its versions that runs here: its older ones are asked for by name.
 * @param {string} [node] its version
 */
function newestWays (node) {
  const version = absence('undici 8', { way: 'plain', kind: 'load' }, node) === undefined ? 'undici 8' : 'undici'
  return ['stream', 'dispatch', 'fetch'].map(way => `${version} ${way}`)
}

/** Whoever stands beside us where all do. */
function everybody () {
  const isOtherWay = (/** @type {string} */ name) => /^undici .*(stream|dispatch|fetch)$/.test(name)
  return [...PEERS.filter(name => name !== 'http2' && (!isOtherWay(name) || newestWays().includes(name))), ...Object.keys(ABSENT)]
}

/** Why no process can be held to one CPU here; undefined if one can. */
function pinningAbsence () {
  try {
    execFileSync('taskset', ['--version'], { stdio: 'ignore' })
    return undefined
  } catch {
    return 'there is no taskset here'
  }
}

module.exports = { OURS, NATIVE, REQUEST, PEERS, ABSENT, absence, everybody, newestWays, pinningAbsence }
