'use strict'

/** What an init may hold, but for its signal. */
const MEMBERS = ['method', 'headers', 'body', 'referrer', 'referrerPolicy', 'mode', 'credentials', 'cache', 'redirect', 'integrity',
  'keepalive', 'duplex', 'window', 'priority']

/**
 * The members of an init but for its signal, each read once and by its name, as Web IDL reads a dictionary: it may as well be a
 * Request or another instance, whose members are its prototype's.
 * @param {any} init
 * @returns {any}
 */
function membersOf (init) {
  /** @type {any} */
  const members = {}
  for (const name of MEMBERS) {
    const value = init?.[name]
    if (value !== undefined) members[name] = value
  }
  return members
}

/**
 * Whether Web IDL takes it for a dictionary.
 * @param {unknown} init
 * @returns {boolean}
 */
function isDictionary (init) {
  return init === undefined || init === null || typeof init === 'object' || typeof init === 'function'
}

module.exports = { isDictionary, MEMBERS, membersOf }
