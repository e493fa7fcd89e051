'use strict'

// What goes wrong with names; as in rows.js. `answers` are those of the look-up, one after the other, and then 127.0.0.2.

const PATIENCE_MS = 500

/**
 * @typedef {object} Row
 * @property {string} fault
 * @property {string[]} [answers] an address, a code, or silence; none: the system's resolver is asked
 * @property {string} sees
 * @property {string} [agent] the very error of the look-up, which knows of no phase
 * @property {'kept' | 'none'} connection
 * @property {string} next what the next request sees
 * @property {boolean} [thenLeave] whether the first address answers no more before that
 * @property {any} [options] of the pool
 */

/** @type {Row[]} */
const names = [
  { fault: "a name that the system's resolver does not know", sees: 'ENOTFOUND, dns', connection: 'none', next: 'ENOTFOUND, dns' },
  { fault: 'a name that does not exist', answers: ['ENOTFOUND'], sees: 'ENOTFOUND, dns', agent: 'ENOTFOUND, head', connection: 'none', next: '200 127.0.0.2' },
  { fault: 'a look-up that fails for now', answers: ['EAI_AGAIN'], sees: 'EAI_AGAIN, dns', agent: 'EAI_AGAIN, head', connection: 'none', next: '200 127.0.0.2' },
  { fault: 'a look-up without end', answers: ['silence'], options: { connectTimeout: PATIENCE_MS }, sees: 'ERR_POOL_CONNECT_TIMEOUT, dns', connection: 'none', next: '200 127.0.0.2' },
  { fault: 'an address at which nobody answers', answers: ['127.0.0.3'], sees: 'ECONNREFUSED, connect', connection: 'none', next: '200 127.0.0.2' },
  { fault: 'a name that flips while its connection is kept', answers: ['127.0.0.1'], sees: '200 127.0.0.1', connection: 'kept', next: '200 127.0.0.1' },
  { fault: 'a name that flips when its first address is gone', answers: ['127.0.0.1'], thenLeave: true, sees: '200 127.0.0.1', connection: 'kept', next: '200 127.0.0.2' }
]

module.exports = { names }
