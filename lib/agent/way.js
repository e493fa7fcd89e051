'use strict'

const dns = require('node:dns')
const { isIP } = require('node:net')
const nodeTls = require('node:tls')
const tls = require('../tls')
const { functionsOf } = require('../consulted')
const { given } = require('../given')

/** Of a request's options, those that say how its connection is dialled. */
const DIALLED = ['socketPath', 'localAddress', 'family', 'lookup', 'localPort', 'hints']

/** Those of a connection and its socket that only Node has. */
const NODES = [
  'blockList', 'autoSelectFamily', 'autoSelectFamilyAttemptTimeout', 'allowHalfOpen', 'highWaterMark', 'readableHighWaterMark', 'writableHighWaterMark',
  'objectMode', 'readableObjectMode', 'writableObjectMode', 'onread', 'fd', 'handle', 'typeOfService'
]
/** @param {unknown} value */
const isCount = value => Number.isSafeInteger(value) && Number(value) >= 0
/** @param {unknown} value */
const isFalse = value => value === false
/** Whether they say what is done anyway, or tune no more than a socket of Node's own. @type {Record<string, (value: unknown) => boolean>} */
const HARMLESS = {
  autoSelectFamily: value => value === true,
  autoSelectFamilyAttemptTimeout: value => isCount(value) && value !== 0,
  allowHalfOpen: isFalse,
  objectMode: isFalse,
  readableObjectMode: isFalse,
  writableObjectMode: isFalse,
  highWaterMark: isCount,
  readableHighWaterMark: isCount,
  writableHighWaterMark: isCount
}

/** Those that the engine's TLS honours. */
const TLS = ['ca', 'cert', 'key', 'pfx', 'passphrase', 'servername', 'rejectUnauthorized', 'minVersion', 'maxVersion', 'checkServerIdentity']

/** Options that rustls cannot honour exactly as OpenSSL does, and the socket that somebody else has made. */
const OPENSSLS = [
  'socket', 'ticketKeys', 'sessionTimeout',
  'secureProtocol', 'secureOptions', 'secureContext', 'ciphers', 'crl', 'sigalgs', 'ecdhCurve',
  'dhparam', 'session', 'ALPNProtocols', 'honorCipherOrder', 'clientCertEngine', 'privateKeyEngine', 'privateKeyIdentifier', 'pskCallback',
  'minDHSize', 'requestOCSP', 'sessionIdContext', 'allowPartialTrustChain', 'certificateCompression'
]
const VERSIONS = [undefined, null, 'TLSv1.2', 'TLSv1.3']

/**
 * How a request wants its connection made, where it is not as the pool makes them. Requests whose `key` is equal share
 * connections.
 * @typedef {object} Way
 * @property {string} key
 * @property {import('../native').WayInput} input without the user
 * @property {import('../ring/users').Functions | undefined} functions
 */

/**
 * @param {any} options of a request, as its agent has merged them
 * @param {boolean} isSecure whether the engine is to speak TLS
 * @param {any} config the pool's options that hold for the host without it
 * @param {boolean} [isProxied] what is dialled is a proxy
 * @returns {Way | null | undefined} null: as the pool makes them; undefined: the engine cannot make it
 */
function wayOf (options, isSecure, config, isProxied = false) {
  const { socketPath, localAddress, family, lookup } = options
  if (!isDialled(options, isProxied) || (isSecure && !isSpoken(options))) return undefined
  const secured = isSecure ? securedBy(options, config.tls) : {}
  const own = given({
    lookup: typeof lookup === 'function' && lookup !== (config.lookup ?? dns.lookup) && !socketPath ? lookup : undefined,
    checkServerIdentity: secured.checkServerIdentity
  })
  const asksHimself = Object.keys(own).length > 0
  const functions = asksHimself ? { ...functionsOf(config), ...own } : {}
  const reached = given({ socketPath: socketPath || undefined, localAddress: localAddress || undefined, family: family || undefined })
  const said = { ...secured, ...reached }
  if (Object.keys(said).length === 0 && !asksHimself) return null
  const prepared = isSecure && Object.keys(secured).length > 0 ? prepare(over(config.tls, secured)) : {}
  if (prepared === null) return undefined
  const asks = { looksUp: functions.lookup !== undefined, checks: functions.checkServerIdentity !== undefined }
  return { key: text([said, own.lookup]), input: { bare: false, ...reached, ...prepared, ...asks }, functions: asksHimself ? functions : undefined }
}

/**
 * @param {any} options
 * @param {string} name
 */
function has (options, name) {
  return options[name] !== undefined && options[name] !== null
}

/**
 * Whether a host is a name that no line holds: none crosses to the engine, or goes to a proxy, in one piece. Node, whose refusal of
 * a `Host` field a request of another `Host` is spared, asks the system for it.
 * @param {unknown} host
 */
function isUnsayable (host) {
  return /[\0\r\n]/.test(String(host))
}

/**
 * Whether the engine can dial it, and refuse what is wrong with it in Node's words.
 * @param {any} options
 * @param {boolean} isProxied
 */
function isDialled (options, isProxied) {
  const { host, socketPath, localAddress, family, lookup, localPort, hints } = options
  if (localPort || hints || isUnsayable(host)) return false
  // By which family a proxy is reached is the pool's affair.
  if (NODES.some(name => has(options, name) && !(isProxied && name === 'autoSelectFamily') && HARMLESS[name]?.(options[name]) !== true)) return false
  if (socketPath && (typeof socketPath !== 'string' || process.platform === 'win32')) return false
  if (localAddress && isIP(localAddress) === 0) return false
  if (lookup && typeof lookup !== 'function') return false
  return [undefined, null, 0, 4, 6].includes(family)
}

/**
 * Whether the engine's TLS can speak it.
 * @param {any} options
 */
function isSpoken (options) {
  const { minVersion, maxVersion, servername, host = 'localhost', checkServerIdentity } = options
  if (OPENSSLS.some(name => has(options, name))) return false
  if (!VERSIONS.includes(minVersion) || !VERSIONS.includes(maxVersion)) return false
  // No name is asked for, and the host's is verified nevertheless.
  if (servername === '' && isIP(host) === 0) return false
  return checkServerIdentity === undefined || typeof checkServerIdentity === 'function'
}

/**
 * What a request says of TLS that is not what is done anyway.
 * @param {any} options
 * @param {any} own
 * @returns {Record<string, any>}
 */
function securedBy (options, own) {
  const secured = Object.fromEntries(TLS.filter(name => has(options, name)).map(name => [name, options[name]]))
  if (secured.servername === '' || secured.servername === (options.host ?? 'localhost')) delete secured.servername
  if (secured.checkServerIdentity === (own?.checkServerIdentity ?? nodeTls.checkServerIdentity)) delete secured.checkServerIdentity
  if (secured.rejectUnauthorized !== undefined) secured.rejectUnauthorized = secured.rejectUnauthorized !== false
  if (secured.rejectUnauthorized === (own?.rejectUnauthorized !== false)) delete secured.rejectUnauthorized
  return secured
}

/**
 * A request's options over those of the pool. Its own `ca` is whom it trusts, and nobody else.
 * @param {any} own
 * @param {any} secured
 */
function over (own, secured) {
  const systemCa = secured.ca === undefined ? own?.systemCa : undefined
  return { ...own, systemCa, ...secured }
}

/**
 * @param {any} options
 * @returns {{ tls?: import('../native').TlsInput } | null} null: there is something wrong with them, which Node says best
 */
function prepare (options) {
  try {
    const input = tls.prepare(options, 'options')
    return input === undefined ? {} : { tls: input }
  } catch {
    return null
  }
}

/** By which functions are told apart. @type {WeakMap<Function, number>} */
const identities = new WeakMap()
let lastIdentity = 0

/** @param {Function} given */
function identity (given) {
  const known = identities.get(given) ?? ++lastIdentity
  identities.set(given, known)
  return `#${known}`
}

/**
 * A text that is equal for what is equal, and for nothing else, whatever stands in a text that is a part of it: each part has its
 * length before it.
 * @param {any} value
 * @returns {string}
 */
function text (value) {
  if (value instanceof Uint8Array) return `bytes:${Buffer.from(value.buffer, value.byteOffset, value.byteLength).latin1Slice()}`
  if (typeof value === 'function') return identity(value)
  if (Array.isArray(value)) return `list:${value.map(part).join('')}`
  if (typeof value === 'object' && value !== null) return `object:${Object.entries(value).map(pair => part(pair[0]) + part(pair[1])).join('')}`
  return `${typeof value}:${value}`
}

/** @param {any} value */
function part (value) {
  const own = text(value)
  return `${own.length}:${own}`
}

module.exports = { DIALLED, NODES, OPENSSLS, TLS, isUnsayable, wayOf }
