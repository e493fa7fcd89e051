'use strict'

// How what was seen is held against a row.

/** Far above what a test waits: a connection that was kept is not closed meanwhile for being idle. */
const PATIENT = { freeSocketTimeout: 600_000 }

expect.extend({
  /** @param {string} received @param {string[]} those a status alone stands for any text */
  toBeOneOfThose: (received, those) => ({
    pass: those.some(one => received === one || (/^\d+$/.test(one) && received.startsWith(`${one} `))),
    message: () => `${received} is none of ${those.join('; ')}`
  })
})

/** @param {string | string[]} seen */
function oneOf (seen) {
  return /** @type {any} */ (expect).toBeOneOfThose([seen].flat())
}

/** What the books of a pool are out by: created − destroyed − detached = open. @param {any} pool */
function adrift (pool) {
  const { connectionsCreated, connectionsDestroyed, detached, currentPoolSize } = pool.getMetrics()
  return connectionsCreated - connectionsDestroyed - detached - currentPoolSize
}

module.exports = { PATIENT, oneOf, adrift }
