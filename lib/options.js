'use strict'

const { readFile } = require('./config-file')
const { asObject, badInput, refused, shown } = require('./errors')
const { given } = require('./given')
const { chooser, ensureDistinct, sectionsOf } = require('./host-pools')
const native = require('./native')
const tls = require('./tls')

/**
 * Options of a pool, as given in one place.
 * @typedef {Record<string, any>} Layer
 */

/**
 * Everything that opens a pool.
 * @typedef {object} Settled
 * @property {Variables | null} variables of the environment that hold
 * @property {Layer} options what was given in all places, without what was left out
 * @property {import('./native').TlsInput | undefined} tls
 * @property {import('./native').HostInput[]} hosts
 * @property {import('./proxy/proxies').Proxies} proxies
 * @property {(host: string, port: number) => number} sectionOf the place of an origin's section in `hosts`, from 1 on; 0: none
 */

/**
 * Reads what is to be read and checks all of it before any of it counts. What is given in code holds over what the file
 * says, and in either place what is said for the environment over what is said for all.
 * @param {unknown} code
 * @returns {Settled}
 * @throws {TypeError | RangeError} that names the place, the option, its value and what is allowed
 */
function settle (code) {
  const own = asObject(code, 'options')
  const places = [...filePlaces(own), { base: own, where: '' }]
  const settledFor = (/** @type {string | undefined} */ environment) =>
    places.flatMap(({ base, where }) => layersOf(base, where, environment)).reduce(merge, {})
  const current = process.env.NODE_ENV
  const options = settledFor(current)
  ensureDistinct(sectionsOf(options.perHostPools, pathOfHosts(places, current)))
  // What is wrong for production alone must not wait for production.
  for (const name of native.environments) {
    if (name !== current && places.some(place => place.base.environments?.[name]?.perHostPools !== undefined)) {
      ensureDistinct(sectionsOf(settledFor(name).perHostPools, pathOfHosts(places, name)))
    }
  }
  return prepared(options, proxyVariables(options))
}

/**
 * What the engine takes of options with which nothing is wrong.
 * @param {Layer} options
 * @param {Variables | null} variables
 * @returns {Settled}
 */
function prepared (options, variables) {
  const { sections, tls, hosts } = prepare(options, '')
  const proxies = proxiesFor(options, sections.map(section => section.options), variables)
  return { options, variables, tls, hosts, proxies, sectionOf: chooser(sections) }
}

/**
 * By which proxies a pool goes. Where it goes by none nothing of them is loaded.
 * @param {Layer} options
 * @param {Layer[]} sections
 * @param {Variables | null} variables
 * @returns {import('./proxy/proxies').Proxies}
 */
function proxiesFor (options, sections, variables) {
  if (variables === null && ![options, ...sections].some(({ proxy }) => typeof proxy === 'string')) return { inputs: [], of: () => 0 }
  return require('./proxy/proxies').proxiesOf(options, sections, variables)
}

/**
 * Variables of the environment that name proxies.
 * @typedef {Record<string, string | undefined>} Variables
 */

/**
 * @param {Layer} options
 * @returns {Variables | null} null: none of them hold
 */
function proxyVariables (options) {
  if (!(options.proxyEnv ?? process.env.NODE_USE_ENV_PROXY === '1')) return null
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => /^(\w+_proxy|REQUEST_METHOD)$/i.test(name)))
}

/**
 * Where the `perHostPools` stand that hold in an environment: the first place that has them.
 * @param {Place[]} places
 * @param {string | undefined} environment
 */
function pathOfHosts (places, environment) {
  for (const { base, where } of places) {
    if (environment !== undefined && base.environments?.[environment]?.perHostPools !== undefined) return `${where}environments.${environment}.perHostPools`
    if (base.perHostPools !== undefined) return `${where}perHostPools`
  }
  return 'perHostPools'
}

/**
 * What is given in code alone.
 * @param {unknown} code
 * @returns {Layer}
 */
function settleCode (code) {
  return layersOf(asObject(code, 'options'), '', process.env.NODE_ENV).reduce(merge, {})
}

/**
 * Where options are given, and what a message says before their path there.
 * @typedef {{ base: Layer, where: string }} Place
 */

/**
 * @param {Layer} code
 * @returns {Place[]}
 */
function filePlaces ({ configFile }) {
  const wrong = native.refuseOptions({ configFile }, undefined, [])
  if (wrong !== null) throw refused(wrong)
  const [source, path] = configFile === undefined ? ['RAG_POOL_CONFIG', process.env.RAG_POOL_CONFIG] : ['configFile', configFile]
  if (path === undefined || path === '') return []
  const where = `${source} ${shown(path)}: `
  const file = asObject(readFile(path, `${source} ${shown(path)} `), `${where}$`)
  refuseIn(file, ['configFile'], where, 'a file')
  return [{ base: file, where }, { base: { configFile: path }, where: '' }]
}

/**
 * A place's options, then those that it has for the environment. Where there are several, each is checked by itself:
 * one that hides a fault of another would let it come out in production.
 * @param {Layer} base
 * @param {string} where
 * @param {string | undefined} environment
 * @returns {Layer[]}
 */
function layersOf (base, where, environment) {
  const { environments, ...options } = given(base)
  check(options, where)
  if (environments === undefined) return [options]
  const path = `${where}environments`
  const all = Object.entries(given(asObject(environments, path)))
  for (const [name, layer] of all) {
    if (!native.environments.includes(name)) {
      throw badInput(TypeError, 'ERR_INVALID_ARG_VALUE', `${path} must be for ${native.environments.join(', ')}; received '${name}'`)
    }
    const own = `${path}.${name}`
    refuseIn(asObject(layer, own), ['configFile', 'environments'], `${own}.`, 'an environment')
    check(layer, `${own}.`)
  }
  const current = all.find(([name]) => name === environment)
  return current === undefined ? [options] : [options, current[1]]
}

/**
 * @param {Layer} layer
 * @param {string} where
 */
function check (layer, where) {
  const { tls, hosts } = prepare(layer, where)
  const wrong = native.refuseOptions(layer, tls, hosts)
  if (wrong !== null) throw refused(wrong, where)
}

/**
 * What the engine takes of a place's options.
 * @param {Layer} layer
 * @param {string} where
 */
function prepare (layer, where) {
  const sections = sectionsOf(layer.perHostPools, `${where}perHostPools`)
  const hosts = sections.map(({ path, options }) => {
    checkProxy(options.proxy, `${path}.proxy`)
    const own = tls.prepare(options.tls, `${path}.tls`)
    const input = { path: `${path.slice(where.length)}.`, options }
    return own === undefined ? input : { ...input, tls: own }
  })
  checkProxy(layer.proxy, `${where}proxy`)
  return { sections, hosts, tls: tls.prepare(layer.tls, `${where}tls`) }
}

/**
 * @param {unknown} proxy
 * @param {string} name
 */
function checkProxy (proxy, name) {
  if (typeof proxy === 'string') require('./proxy/proxies').check(proxy, name)
}

/**
 * @param {Layer} below
 * @param {Layer} above
 * @returns {Layer}
 */
function merge (below, above) {
  const all = { ...below, ...given(above) }
  if (below.perHostPools !== undefined && above.perHostPools !== undefined) {
    const names = { ...below.perHostPools, ...given(above.perHostPools) }
    all.perHostPools = Object.fromEntries(Object.keys(names).map(name =>
      [name, { ...own(below.perHostPools, name), ...given(own(above.perHostPools, name)) }]))
  }
  return all
}

/**
 * @param {Layer} object
 * @param {string} name
 * @returns {Layer}
 */
function own (object, name) {
  return (Object.hasOwn(object, name) ? object[name] : undefined) ?? {}
}

/**
 * @param {Layer} layer
 * @param {string[]} names
 * @param {string} where
 * @param {string} what
 */
function refuseIn (layer, names, where, what) {
  for (const name of names) {
    if (layer[name] === undefined) continue
    throw badInput(TypeError, 'ERR_INVALID_ARG_VALUE', `${where}${name} must be left out of ${what}; received ${shown(layer[name])}`)
  }
}

module.exports = { prepared, settle, settleCode }
