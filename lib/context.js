'use strict'

const { AsyncResource } = require('node:async_hooks')

/**
 * Node's AsyncResource carries the stores of every AsyncLocalStorage that are current where it is made: on
 * Node 20 and 22 as own symbol properties, from 24 on as a frame under one. Its ids stand under symbols too.
 * @param {AsyncResource} resource
 */
function forgetStores (resource) {
  const bag = /** @type {Record<symbol, unknown>} */ (/** @type {unknown} */ (resource))
  for (const symbol of Object.getOwnPropertySymbols(bag)) {
    if (symbol.description !== 'async_id_symbol' && symbol.description !== 'trigger_async_id_symbol') {
      bag[symbol] = undefined
    }
  }
}

/**
 * A resource in which no AsyncLocalStorage has a store. The engine's wake-up runs in it: otherwise whatever it
 * starts would see the stores of whoever happened to load the package or to make the first request.
 */
function emptyContext () {
  const resource = new AsyncResource('RAG_POOL_WAKE', { requireManualDestroy: true })
  forgetStores(resource)
  return resource
}

module.exports = { emptyContext }
