'use strict'

const tls = require('../tls')
const { environmentProxies } = require('./environment')
const { proxyOf } = require('./proxy-url')

/** Of the pool's TLS, what holds for a proxy's too. Its name, its identity and whether it is verified are its own affair. */
const SHARED = ['ca', 'systemCa', 'minVersion', 'maxVersion']

/**
 * Says by which proxy each origin is reached.
 * @typedef {object} Proxies
 * @property {import('../native').ProxyInput[]} inputs
 * @property {(scheme: string, host: string, port: number, section: number) => number} of the place in `inputs`, from 1 on; 0: none
 */

/**
 * @param {Record<string, any>} options the pool's
 * @param {Array<Record<string, any>>} sections the options of each name in `perHostPools`, as `sectionOf` counts them
 * @param {Record<string, string | undefined> | null} variables null: no environment holds
 * @returns {Proxies}
 */
function proxiesOf (options, sections, variables) {
  const all = [options, ...sections]
  /** @type {import('../native').ProxyInput[]} */
  const inputs = []
  /** @param {import('./proxy-url').Proxy | null} proxy @param {any} trust */
  const add = (proxy, trust) => proxy === null ? 0 : inputs.push(trusting(proxy, trust))
  const own = all.map(({ proxy, tls }) => proxy === undefined ? null : add(read(proxy, 'proxy'), tls ?? options.tls))
  const environment = variables === null ? null : environmentProxies(variables)
  const found = { http: add(environment?.http ?? null, options.tls), https: add(environment?.https ?? null, options.tls) }
  return {
    inputs,
    of: (scheme, host, port, section) => {
      const chosen = own[section] ?? own[0] ?? null
      if (chosen !== null) return chosen
      if (environment === null || environment.exempts(host, port)) return 0
      return scheme === 'https' ? found.https : found.http
    }
  }
}

/**
 * Refuses what names no proxy.
 * @param {string} proxy
 * @param {string} name
 */
function check (proxy, name) {
  proxyOf(proxy, name)
}

/**
 * @param {unknown} proxy
 * @param {string} name
 */
function read (proxy, name) {
  return typeof proxy === 'string' ? proxyOf(proxy, name) : null
}

/**
 * @param {import('./proxy-url').Proxy} proxy
 * @param {Record<string, any> | undefined} trust
 * @returns {import('../native').ProxyInput}
 */
function trusting (proxy, trust) {
  if (proxy.kind !== 'https') return proxy
  const shared = Object.fromEntries(SHARED.map(name => [name, trust?.[name]]))
  return { ...proxy, tls: /** @type {import('../native').TlsInput} */ (tls.prepare(shared, 'tls')) }
}

module.exports = { check, proxiesOf }
