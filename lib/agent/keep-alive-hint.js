'use strict'

const KEEP_ALIVE = 'keep-alive'
/** A server that keeps a connection no longer does not keep it: the next request would meet its end. */
const HINT_MARGIN_MS = 1000

/**
 * What a reply says of how long its server keeps the connection, in ms. Its `headers` are not asked: they would be made for that
 * alone where nobody reads them.
 * @param {import('node:http').IncomingMessage | null | undefined} res
 * @returns {number | undefined} undefined: nothing
 */
function keepAliveHint (res) {
  const lines = res?.rawHeaders ?? []
  for (let at = 0; at < lines.length; at += 2) {
    const name = /** @type {string} */ (lines[at])
    if (name.length !== KEEP_ALIVE.length || name.toLowerCase() !== KEEP_ALIVE) continue
    const hint = /(?:^|,)\s*timeout\s*=\s*"?(\d+)/i.exec(String(lines[at + 1]))
    return hint === null ? undefined : Number(hint[1]) * 1000
  }
  return undefined
}

module.exports = { HINT_MARGIN_MS, keepAliveHint }
