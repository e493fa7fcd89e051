'use strict'

/**
 * By which the package's own files reach the parts of a pool, which a subclass with a field of the same name would hide
 * otherwise. Registered, so that one copy of the package knows the pools of another.
 * @type {unique symbol}
 */
const INSIDE = Symbol.for('rag-connection-pool.inside')

/**
 * The parts of a pool.
 * @typedef {object} Inside
 * @property {import('./native').RingType} ring
 * @property {import('./observe/events').PoolEvents} events
 * @property {import('./bypass/bypass').Bypass | null} bypass
 * @property {import('./intercept').Interceptors | null} interceptors who may answer in the engine's place; null while nobody does
 * @property {import('./flights').Flights} flights
 */

module.exports = { INSIDE }
