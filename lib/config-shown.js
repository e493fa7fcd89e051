'use strict'

// A pool's options hold passwords and keys, which programs may read and logs must not show.

const INSPECT = Symbol.for('nodejs.util.inspect.custom')
const HIDDEN = '(not shown)'

/** What of a `tls` option only its owner may know. */
const KEYS = ['key', 'pfx', 'passphrase']
/** Certificates, beside which a PEM file may have a key. */
const CERTIFICATES = ['cert', 'ca']

/**
 * Has options printed without their secrets, by `util.inspect` and by `JSON.stringify`. To programs they are as before.
 * @template {Record<string, any>} Config
 * @param {Config} config
 * @returns {Config} the same
 */
function secretly (config) {
  return Object.defineProperties(config, {
    [INSPECT]: { value: inspected },
    toJSON: { value: () => shown(config) }
  })
}

/**
 * @this {Record<string, any>}
 * @param {number} depth
 * @param {any} options
 * @param {(value: unknown, options: object) => string} inspect
 */
function inspected (depth, options, inspect) {
  return depth < 0 ? '[Object]' : inspect(shown(this), { ...options, depth })
}

/** @param {Record<string, any>} config */
function shown (config) {
  const all = section(config)
  if (isObject(all.perHostPools)) all.perHostPools = mapped(all.perHostPools, own => isObject(own) ? section(own) : own)
  return all
}

/** @param {Record<string, any>} options */
function section (options) {
  const all = { ...options }
  if (typeof all.proxy === 'string') all.proxy = all.proxy.replace(/[^/]*@/, `${HIDDEN}@`)
  if (isObject(all.tls)) all.tls = mapped(all.tls, (value, name) => isSecret(name, value) ? HIDDEN : value)
  return all
}

/**
 * @param {string} name
 * @param {any} value
 */
function isSecret (name, value) {
  if (KEYS.includes(name)) return value !== undefined && value !== null
  return CERTIFICATES.includes(name) && [value].flat().some(one => /PRIVATE KEY/.test(one instanceof Uint8Array ? Buffer.from(one).toString('latin1') : String(one)))
}

/**
 * @param {Record<string, any>} object
 * @param {(value: any, name: string) => unknown} map
 */
function mapped (object, map) {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, map(value, name)]))
}

/** @param {unknown} value */
function isObject (value) {
  return typeof value === 'object' && value !== null
}

module.exports = { secretly }
