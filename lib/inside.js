'use strict'

/**
 * By which the package's own files reach the parts of a pool, which a subclass with a field or method of the same name would
 * hide otherwise. Registered, so that one copy of the package knows the pools of another.
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
 * @property {boolean} goesByProxies whether some origins are reached by one
 * @property {(text: string) => import('./origins').KnownOrigin} originOf where a URL's origin is known from; throws where no request is taken on
 * @property {(text: string) => any} configOf the options that hold for an origin
 * @property {() => Error} refusal why no request is taken on any more
 */

module.exports = { INSIDE }
