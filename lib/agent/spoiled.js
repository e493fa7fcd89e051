'use strict'

const { errorMonitor } = require('node:events')

/**
 * Looks at what Node makes of an exchange that its peer has spoiled, and adds to that error what one of the pool's says.
 * @param {any} req
 * @param {{ origin: string, written: number }} known of its connection, and the bytes of the request that it took
 * @param {(error: Error) => void} met of each that is told, before it is
 */
function watchSpoiled (req, { origin, written }, met) {
  const look = (/** @type {any} */ error) => {
    if (error.code === 'ECONNRESET' && error.phase === undefined) {
      Object.assign(error, { phase: req.res ? 'body' : 'head', origin, reusedSocket: req.reusedSocket, mayHaveBeenProcessed: written > 0 })
    }
    met(error)
  }
  for (const told of [req, req.res]) told?.once(errorMonitor, look)
}

module.exports = { watchSpoiled }
