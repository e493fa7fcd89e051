'use strict'

const { errorMonitor } = require('node:events')
const { isIPv6 } = require('node:net')

/**
 * Looks at what Node makes of an exchange that its peer has spoiled, and adds to that error what one of the pool's says.
 * @param {any} req
 * @param {{ scheme: string, host: string | undefined, port: unknown, written: number }} known
 * @param {(error: Error) => void} met of each that is told, before it is
 */
function watchSpoiled (req, { scheme, host = 'localhost', port, written }, met) {
  const look = (/** @type {any} */ error) => {
    if (error.code === 'ECONNRESET' && error.phase === undefined) {
      const origin = `${scheme}://${isIPv6(host) ? `[${host}]` : host}:${port}`
      Object.assign(error, { phase: req.res ? 'body' : 'head', origin, reusedSocket: req.reusedSocket, mayHaveBeenProcessed: written > 0 })
    }
    met(error)
  }
  for (const told of [req, req.res]) told?.once(errorMonitor, look)
}

module.exports = { watchSpoiled }
