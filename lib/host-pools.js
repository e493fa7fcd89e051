'use strict'

const { asObject, badInput, shown, shownUrl, veiled, withoutQuery } = require('./errors')
const { given } = require('./given')
const { parts } = require('./url')

/** The public hosts of names that need not say theirs. */
const KNOWN = new Map([
  ['openai', ['api.openai.com']],
  ['anthropic', ['api.anthropic.com']],
  ['pinecone', ['*.pinecone.io']]
])

const A_HOST = "a host such as 'api.example.com', '*.svc.internal' or 'localhost:8080'"
const PATTERN = /^(\*\.)?(\[[^[\]]+\]|[^[\]:/?#@\\*\s]+)(?::(\d{1,5}))?$/

/**
 * Which hosts are meant.
 * @typedef {object} Pattern
 * @property {string} host as a URL has it, an IPv6 address without brackets; of a wildcard what stands behind `*.`
 * @property {boolean} wildcard whether it means the names below `host`, at whatever depth, and not `host` itself
 * @property {number | null} port null: any
 */

/**
 * What some hosts have for themselves.
 * @typedef {object} Section
 * @property {string} name
 * @property {string} path its name in messages: `perHostPools.name`
 * @property {Pattern[] | null} hosts null where none are given and the name is not known
 * @property {Record<string, any>} options without `hosts`
 */

/**
 * The option `perHostPools`, checked but for what the engine's table tells.
 * @param {unknown} all
 * @param {string} path
 * @param {(name: string) => string} [pathOf] where a name stands, if not all stand there
 * @returns {Section[]}
 */
function sectionsOf (all, path, pathOf = () => path) {
  if (all === undefined) return []
  return Object.entries(given(asObject(all, path))).map(([name, section]) => {
    const own = `${pathOf(name)}${step(name)}`
    const { hosts = KNOWN.get(name), ...options } = given(asObject(section, own))
    return { name, path: own, hosts: hosts === undefined ? null : patternsOf(hosts, `${own}.hosts`), options }
  })
}

/**
 * A name as a step of a path. A URL that stands for one is shown as little as elsewhere.
 * @param {string} name
 */
function step (name) {
  return /^[\w-]+$/.test(name) ? `.${name}` : `[${veiled(name) ?? JSON.stringify(withoutQuery(name))}]`
}

/**
 * @param {unknown} hosts
 * @param {string} path
 */
function patternsOf (hosts, path) {
  if (!Array.isArray(hosts)) throw badInput(TypeError, 'ERR_INVALID_ARG_TYPE', `${path} must be a list, each of it ${A_HOST}; received ${shownUrl(hosts)}`)
  if (hosts.length === 0) throw badInput(RangeError, 'ERR_OUT_OF_RANGE', `${path} must be a list of at least one host; received an empty one`)
  // A hole in the list is one that was left out, which `map` would pass over.
  return Array.from(hosts, (text, index) => patternOf(text, `${path}[${index}]`))
}

/**
 * @param {unknown} text
 * @param {string} path
 * @returns {Pattern}
 */
function patternOf (text, path) {
  if (typeof text !== 'string') throw badInput(TypeError, 'ERR_INVALID_ARG_TYPE', `${path} must be ${A_HOST}; received ${shown(text)}`)
  const [, star, name, digits] = PATTERN.exec(text) ?? []
  const host = name === undefined ? null : hostOf(name)
  const port = digits === undefined ? null : Number(digits)
  const isAddress = host !== null && /^[\d.]+$|:/.test(host)
  if (host === null || port === 0 || (port ?? 0) > 65535 || (star !== undefined && isAddress)) {
    throw badInput(RangeError, 'ERR_OUT_OF_RANGE', `${path} must be ${A_HOST}; received ${shownUrl(text)}`)
  }
  return { host, wildcard: star !== undefined, port }
}

/**
 * As a URL would have it: lower case, punycode, addresses in their one form.
 * @param {string} name
 */
function hostOf (name) {
  const text = `http://${name}/`
  if (!URL.canParse(text)) return null
  return new URL(text).hostname.replace(/^\[(.*)\]$/, '$1')
}

/**
 * Says which section an origin is under, by its place from 1 on; 0 where no host of any is meant. The most specific
 * pattern wins: a name before a wildcard, a longer wildcard before a shorter one, then one with a port.
 * @param {Section[]} sections
 * @returns {(host: string, port: number) => number}
 */
function chooser (sections) {
  const all = sections.flatMap(({ hosts }, index) => (hosts ?? []).map(pattern => ({ ...pattern, section: index + 1 })))
  all.sort((a, b) => Number(a.wildcard) - Number(b.wildcard) || b.host.length - a.host.length || Number(a.port === null) - Number(b.port === null))
  return (host, port) => all.find(pattern => means(pattern, host, port))?.section ?? 0
}

/**
 * The options in force, by the place of their section: the pool's own at 0, then those of each name over them. A name's
 * `timeout` is its `bodyTimeout` too, unless it has that.
 * @param {any} config the pool's merged options
 * @returns {any[]}
 */
function configsOf (config) {
  const sections = Object.values(given(config.perHostPools ?? {})).map(given)
  return [config, ...sections.map(own => ({ ...config, bodyTimeout: own.timeout ?? config.bodyTimeout, ...own }))]
}

/**
 * The options that hold for an origin.
 * @param {any} config the pool's merged options
 * @param {(host: string, port: number) => number} sectionOf
 * @param {string} origin
 */
function configOf (config, sectionOf, origin) {
  const { host, port } = parts(origin)
  return configsOf(config)[sectionOf(host, port)]
}

/**
 * @param {Pattern} pattern
 * @param {string} host
 * @param {number} port
 */
function means (pattern, host, port) {
  if (pattern.port !== null && pattern.port !== port) return false
  return pattern.wildcard ? host.endsWith(`.${pattern.host}`) : host === pattern.host
}

/**
 * Refuses sections of which nobody could say which origins are theirs.
 * @param {Section[]} sections
 */
function ensureDistinct (sections) {
  /** @type {Map<string, Section>} */
  const taken = new Map()
  for (const section of sections) {
    if (section.hosts === null) {
      throw badInput(TypeError, 'ERR_INVALID_ARG_TYPE', `${section.path}.hosts must be given: only ${[...KNOWN.keys()].join(', ')} have hosts without it; received undefined`)
    }
    for (const { wildcard, host, port } of section.hosts) {
      const text = `${wildcard ? '*.' : ''}${host}${port === null ? '' : `:${port}`}`
      const other = taken.get(text) ?? section
      if (other !== section) {
        throw badInput(TypeError, 'ERR_INVALID_ARG_VALUE', `${section.path}.hosts must be hosts that no other name has; received '${text}', which ${other.path} has`)
      }
      taken.set(text, section)
    }
  }
}

module.exports = { sectionsOf, chooser, configOf, configsOf, ensureDistinct }
