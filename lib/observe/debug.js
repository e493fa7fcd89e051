'use strict'

/** What of an event or an error may be shown: no path, query, header or body is ever among it. */
const SHOWN = ['origin', 'protocol', 'host', 'port', 'reason', 'active', 'total', 'maxSockets', 'exhaustedCount', 'code', 'phase', 'proxy', 'proxyStatus', 'reusedSocket']

/**
 * One line on stderr, for `RAG_POOL_DEBUG=1`. Written at once, so that it is there when the process dies of what follows.
 * @param {string} name
 * @param {object} facts
 */
function debugLine (name, facts) {
  const known = /** @type {Record<string, unknown>} */ (facts)
  const shown = SHOWN.filter(key => known[key] !== undefined).map(key => `${key}=${JSON.stringify(known[key])}`)
  process.stderr.write(`rag-connection-pool ${new Date().toISOString()} ${name} ${shown.join(' ')}\n`)
}

module.exports = { debugLine }
