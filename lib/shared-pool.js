'use strict'

// A pool that has a name is one for all who open it by that name, in whatever thread. The first one's options hold; they are
// handed to the others as bytes, since no object crosses between threads.

const { differing } = require('./differing')
const { badInput, refused } = require('./errors')
const native = require('./native')
const { prepared } = require('./options')

/**
 * @param {import('./native').RingType} ring
 * @param {import('./options').Settled} settled
 * @param {import('./consulted').Consulted} consulted
 * @returns {{ number: number, settled: import('./options').Settled }} the number under which this holder knows the pool, and the
 *   options in force
 * @throws {TypeError | RangeError} naming the option that cannot be had
 */
function openPool (ring, settled, consulted) {
  const { options, variables, tls, hosts, proxies } = settled
  if (options.name === undefined) {
    const opened = ring.openPool(options, tls, hosts, proxies.inputs, consulted.inputs)
    if (typeof opened !== 'number') throw refused(opened)
    return { number: opened, settled }
  }
  if (consulted.inputs.some(({ looksUp, checks }) => looksUp || checks)) {
    consulted.forget()
    throw badInput(TypeError, 'ERR_INVALID_ARG_VALUE', 'lookup and tls.checkServerIdentity must be left out where name is given: a function belongs to one thread')
  }
  const held = ring.holdPool(options.name, written({ options, variables }), options, tls, hosts, proxies.inputs)
  if ('message' in held) throw refused(held)
  if (held.stated === undefined || held.stated === null) return { number: held.number, settled }
  const first = read(held.stated)
  const known = JSON.parse(native.optionSchema()).properties
  // Unknown names are everybody's own, as far as the first has none of that name.
  const own = Object.entries(options).filter(([name]) => !(name in known))
  warn(options.name, differing(read(written(options)), first.options).filter(name => name in known || name in first.options))
  return { number: held.number, settled: prepared({ ...Object.fromEntries(own), ...first.options }, first.variables) }
}

/** @param {Record<string, any>} stated */
function written (stated) {
  return bytes().serialize(copied(stated)).toString('base64')
}

/** @param {string} text */
function read (text) {
  return bytes().deserialize(Buffer.from(text, 'base64'))
}

/**
 * Without what belongs to one thread alone: functions, and objects that no thread can hand to another.
 * @param {any} value
 * @returns {any}
 */
function copied (value) {
  if (Array.isArray(value)) return value.map(copied)
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return isPlain(value) ? value : undefined
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, copied(one)]).filter(([, one]) => one !== undefined))
}

/** @param {unknown} value */
function isPlain (value) {
  return typeof value !== 'function' && typeof value !== 'symbol'
}

/**
 * @param {string} name
 * @param {string[]} names
 */
function warn (name, names) {
  if (names.length === 0) return
  process.emitWarning(`The pool '${name}' is open already, with other options than it was now opened with: ${names.join(', ')}. ` +
    'Those of who opened it first hold', { type: 'RagPoolWarning', code: 'RAG_POOL_SHARED_OPTIONS' })
}

/** Loaded for a pool that has a name: it is a fifth of what loading the package would take. */
function bytes () {
  return require('node:v8')
}

module.exports = { openPool }
