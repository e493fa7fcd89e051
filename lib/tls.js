'use strict'

const fs = require('node:fs')
const { asObject, badInput, shown } = require('./errors')
const { given } = require('./given')
const native = require('./native')

/** What is honoured of Node's TLS options; anything else is refused by name. */
const HONOURED = new Set(['ca', 'cert', 'key', 'pfx', 'passphrase', 'servername', 'rejectUnauthorized', 'minVersion', 'maxVersion', 'checkServerIdentity', 'pins', 'keyLog', 'systemCa'])

let rootsAreSet = false

/**
 * Tells the engine whom Node trusts, once a process and only when TLS is first wanted: there are some 150
 * certificates to read.
 */
function ensureRoots () {
  if (rootsAreSet) return
  rootsAreSet = true
  if (process.env.NODE_TLS_REJECT_UNAUTHORIZED === '0') {
    process.emitWarning('NODE_TLS_REJECT_UNAUTHORIZED=0 is not honoured by rag-connection-pool; use tls: { rejectUnauthorized: false } where it is wanted')
  }
  native.trustRoots(rootTexts())
}

/** @returns {string[]} */
function rootTexts () {
  // Loaded when wanted: it takes 6 ms, a fifth of all that loading the package takes.
  const tls = require('node:tls')
  const all = /** @type {any} */ (tls).getCACertificates
  if (typeof all === 'function') return [...all('default')]
  const extra = process.env.NODE_EXTRA_CA_CERTS
  if (extra === undefined || extra === '') return [...tls.rootCertificates]
  try {
    return [...tls.rootCertificates, fs.readFileSync(extra, 'latin1')]
  } catch {
    // Node has warned of it at start-up already.
    return [...tls.rootCertificates]
  }
}

/**
 * @param {any} ca in place of Node's roots, if it is given
 * @returns {any[]}
 */
function trustedTexts (ca) {
  return ca === undefined || ca === null ? rootTexts() : [ca].flat()
}

/**
 * @param {string} name
 * @returns {string[]} the certificates that the system trusts
 */
function systemTexts (name) {
  const all = /** @type {any} */ (require('node:tls')).getCACertificates
  if (typeof all === 'function') return all('system')
  throw badInput(TypeError, 'ERR_INVALID_ARG_VALUE', `${name}.systemCa must be left out: it takes Node 22.15 or later, which can read the system's store; received true`)
}

/**
 * The `tls` option as the engine takes it.
 * @param {any} options
 * @param {string} name what a message calls it
 * @returns {import('./native').TlsInput | undefined}
 */
function prepare (options, name) {
  if (options === undefined) return undefined
  for (const option of Object.keys(asObject(options, name))) {
    if (!HONOURED.has(option) && options[option] !== undefined) {
      throw badInput(TypeError, 'ERR_INVALID_ARG_VALUE', `${name}.${option} is not available in this version; available are ${[...HONOURED].join(', ')}`)
    }
  }
  const { ca, passphrase, servername, rejectUnauthorized = true, minVersion, maxVersion, checkServerIdentity, pins, keyLog = false, systemCa = false } = options
  const phrase = phraseOf(`${name}.passphrase`, passphrase)
  const cert = only(`${name}.cert`, options.cert, 'one certificate, with those above it in the same text')
  const key = only(`${name}.key`, options.key, 'one private key')
  const pfx = only(`${name}.pfx`, options.pfx, FILE)
  /** @type {import('./native').TlsInput} */
  const input = { rejectUnauthorized: flag(`${name}.rejectUnauthorized`, rejectUnauthorized), keyLog: flag(`${name}.keyLog`, keyLog) }
  if (ca !== undefined && ca !== null) input.ca = texts(`${name}.ca`, ca)
  if (cert !== undefined && cert !== null) input.cert = texts(`${name}.cert`, cert).join('\n')
  if (key !== undefined && key !== null) input.key = keyOf(`${name}.key`, key, phrase)
  if (pfx !== undefined && pfx !== null) Object.assign(input, fileOf(`${name}.pfx`, pfx, phrase))
  if (servername !== undefined) input.servername = word(`${name}.servername`, servername)
  Object.assign(input, versions(name, minVersion, maxVersion))
  if (checkServerIdentity !== undefined) input.checkName = !isFunction(`${name}.checkServerIdentity`, checkServerIdentity)
  if (pins !== undefined) input.pins = pinsOf(`${name}.pins`, pins)
  if (flag(`${name}.systemCa`, systemCa)) input.ca = [...texts(`${name}.ca`, trustedTexts(ca)), ...systemTexts(name)]
  ensureRoots()
  return input
}

/**
 * @param {string} name
 * @param {unknown} value
 * @returns {boolean}
 */
function flag (name, value) {
  if (typeof value === 'boolean') return value
  throw badInput(TypeError, 'ERR_INVALID_ARG_TYPE', `${name} must be true or false; received ${shown(value)}`)
}

/**
 * @param {string} name
 * @param {unknown} pins
 * @returns {Uint8Array}
 */
function pinsOf (name, pins) {
  const allowed = "a list of 'sha256/…', the SHA-256 of a public key in base64"
  if (!Array.isArray(pins)) throw badInput(TypeError, 'ERR_INVALID_ARG_TYPE', `${name} must be ${allowed}; received ${shown(pins)}`)
  if (pins.length === 0) throw badInput(RangeError, 'ERR_OUT_OF_RANGE', `${name} must be ${allowed}; received an empty one, which lets nobody in`)
  return Buffer.concat(Array.from(pins, (pin, at) => {
    if (typeof pin !== 'string') throw badInput(TypeError, 'ERR_INVALID_ARG_TYPE', `${name}[${at}] must be 'sha256/…'; received ${shown(pin)}`)
    if (PIN.test(pin)) return Buffer.from(pin.slice('sha256/'.length), 'base64')
    throw badInput(RangeError, 'ERR_OUT_OF_RANGE', `${name}[${at}] must be 'sha256/' and 32 bytes in base64; received ${shown(pin)}`)
  }))
}

/** The last digit of 32 bytes has two bits that are none of theirs. */
const PIN = /^sha256\/[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/

/**
 * @param {string} name
 * @param {unknown} value
 * @returns {string}
 */
function word (name, value) {
  if (typeof value === 'string') return value
  throw badInput(TypeError, 'ERR_INVALID_ARG_TYPE', `${name} must be a string; received ${shown(value)}`)
}

/** The versions that rustls speaks, the older first. */
const VERSIONS = ['TLSv1.2', 'TLSv1.3']

/**
 * @param {string} name
 * @param {any} minVersion
 * @param {any} maxVersion
 * @returns {{ minVersion?: string, maxVersion?: string }}
 */
function versions (name, minVersion, maxVersion) {
  const stated = given({ minVersion: minVersion ?? undefined, maxVersion: maxVersion ?? undefined })
  for (const [option, version] of Object.entries(stated)) {
    if (VERSIONS.includes(version)) continue
    throw badInput(TypeError, 'ERR_TLS_INVALID_PROTOCOL_VERSION', `${name}.${option} must be 'TLSv1.2' or 'TLSv1.3'; received ${shown(version)}`)
  }
  if (VERSIONS.indexOf(minVersion) <= VERSIONS.indexOf(maxVersion ?? 'TLSv1.3')) return stated
  throw badInput(RangeError, 'ERR_OUT_OF_RANGE', `${name}.minVersion must be no later than ${name}.maxVersion, which is '${maxVersion}'; received '${minVersion}'`)
}

/**
 * What was given in its place may be a secret as well, so it is not shown.
 * @param {string} name
 * @param {unknown} value
 * @returns {string | undefined}
 */
function phraseOf (name, value) {
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string') return value
  throw badInput(TypeError, 'ERR_INVALID_ARG_TYPE', `${name} must be a string; received ${typeof value === 'object' ? shown(value) : `a ${typeof value}`}`)
}

/**
 * @param {string} name
 * @param {unknown} value
 * @returns {true}
 */
function isFunction (name, value) {
  if (typeof value === 'function') return true
  throw badInput(TypeError, 'ERR_INVALID_ARG_TYPE', `${name} must be a function; received ${shown(value)}`)
}

/**
 * @param {string} name
 * @param {unknown} value PEM as a string or Buffer, or an array of them
 * @returns {string[]}
 */
function texts (name, value) {
  const list = Array.isArray(value) ? value : [value]
  return Array.from(list, one => {
    if (typeof one === 'string') return one
    if (one instanceof Uint8Array) return Buffer.from(one).toString('latin1')
    throw badInput(TypeError, 'ERR_INVALID_ARG_TYPE', `${name} must be PEM as a string or Buffer, or an array of them; received ${shown(one)}`)
  })
}

/**
 * What is in a list, which Node takes for identities of several kinds of keys, of which OpenSSL shows the one that a server can
 * verify: here there is one. An empty list is as good as none, as with Node.
 * @param {string} name
 * @param {any} value
 * @param {string} allowed
 */
function only (name, value, allowed) {
  if (!Array.isArray(value)) return value
  if (value.length > 1) {
    throw badInput(TypeError, 'ERR_INVALID_ARG_TYPE', `${name} must be ${allowed}, as there is one identity to show to a server; received ${value.length} of them`)
  }
  // What is none is refused for itself, as none that was left out.
  return value.length === 0 ? undefined : value[0] ?? value
}

const FILE = 'one PKCS#12 file as a Buffer'

/**
 * @param {string} name
 * @param {any} pfx a file's bytes, or `{ buf, passphrase }`
 * @param {string | undefined} passphrase
 * @returns {{ pfx: Uint8Array, passphrase?: string }}
 */
function fileOf (name, pfx, passphrase) {
  const bytes = pfx.buf ?? pfx
  if (!(bytes instanceof Uint8Array)) {
    throw badInput(TypeError, 'ERR_INVALID_ARG_TYPE', `${name} must be ${FILE}; received ${typeof pfx === 'string' ? 'a string' : shown(pfx)}`)
  }
  const phrase = phraseOf(`${name}.passphrase`, pfx.passphrase) ?? passphrase
  return { pfx: bytes, ...given({ passphrase: phrase }) }
}

/**
 * Read by Node's own crypto, which knows every form of PEM that its tls takes.
 * @param {string} name
 * @param {any} key
 * @param {string | undefined} passphrase
 * @returns {Uint8Array}
 */
function keyOf (name, key, passphrase) {
  const phrase = phraseOf(`${name}.passphrase`, key?.pem === undefined ? undefined : key.passphrase) ?? passphrase
  try {
    const privateKey = key?.pem ?? key
    const options = phrase === undefined ? { key: privateKey } : { key: privateKey, passphrase: phrase }
    return require('node:crypto').createPrivateKey(options).export({ type: 'pkcs8', format: 'der' })
  } catch (error) {
    const cause = /** @type {Error} */ (error)
    throw badInput(TypeError, 'ERR_INVALID_ARG_VALUE', `${name} must be a private key in PEM: ${cause.message}`)
  }
}

module.exports = { ensureRoots, prepare, systemTexts, trustedTexts }
