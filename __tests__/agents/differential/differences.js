'use strict'

// What the pool's agents may do otherwise than Node's own, and why. A line that is not needed any more is a failure.

/**
 * Text that is read as Node's wherever the pool's agent says it.
 * @type {Array<{ ours: RegExp, nodes: string, reason: string }>}
 */
const SAID_OTHERWISE = [
  { ours: /"name":"PoolError"/g, nodes: '"name":"Error"', reason: 'an error of the pool has a class of its own, which carries phase and origin; code, message and facts are Node\'s' }
]

/**
 * Scenarios that may be told otherwise as a whole.
 * @type {Record<string, string>} name → reason
 */
const MAY_DIFFER = {
  'a reply on an idle connection that nobody asked for': 'Node takes the bytes for the reply to its next request; the pool looks before it uses a connection again'
}

/**
 * Scenarios that are told otherwise and must not be: faults of the pool's agents. One that is mended leaves this list.
 * @type {Set<string>}
 */
const FAULTS = new Set([])

module.exports = { SAID_OTHERWISE, MAY_DIFFER, FAULTS }
