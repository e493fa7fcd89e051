'use strict'

const { badInput, shown, shownKind } = require('../errors')

/** `scheme://…` or `//…`: where a base has nothing to say. */
const ABSOLUTE = /^(?:[a-z][a-z\d+\-.]*:)?\/\//i

/**
 * The whole URL of a call. A path is put after the base's own path, with or without a slash at its beginning.
 * @param {unknown} url
 * @param {unknown} base
 * @param {unknown[]} parameters objects or URLSearchParams; a later one's name replaces an earlier one's
 * @returns {string}
 */
function locate (url, base, parameters) {
  const text = textOf(url, 'url')
  const root = textOf(base, 'baseURL')
  const joined = root === '' || ABSOLUTE.test(text) ? text : text === '' ? root : `${root.replace(/\/+$/, '')}/${text.replace(/^\/+/, '')}`
  const query = queryOf(parameters)
  if (query === '') return joined
  const [place = '', ...fragment] = joined.split('#')
  return [`${place}${place.includes('?') ? '&' : '?'}${query}`, ...fragment].join('#')
}

/**
 * @param {unknown} url
 * @param {string} name
 */
function textOf (url, name) {
  if (url === undefined) return ''
  if (typeof url === 'string') return url
  if (typeof url === 'object' && url !== null && 'href' in url) return String(url.href)
  throw badInput(TypeError, 'ERR_INVALID_ARG_TYPE', `${name} must be a string or a URL; received ${shown(url)}`)
}

/** @param {unknown[]} sources */
function queryOf (sources) {
  const query = new URLSearchParams()
  for (const source of sources) {
    const pairs = pairsOf(source)
    for (const name of new Set(pairs.map(([name]) => name))) query.delete(name)
    for (const [name, value] of pairs) query.append(name, value)
  }
  return String(query)
}

/**
 * @param {unknown} source
 * @returns {Array<[string, string]>}
 */
function pairsOf (source) {
  if (source === undefined || source === null) return []
  if (source instanceof URLSearchParams) return [...source]
  if (typeof source !== 'object' || Array.isArray(source)) {
    throw badInput(TypeError, 'ERR_INVALID_ARG_TYPE', `params must be an object or URLSearchParams; received ${shownKind(source)}`)
  }
  return Object.entries(source).flatMap(([name, value]) => [value].flat()
    .filter(one => one !== undefined && one !== null)
    .map(one => /** @type {[string, string]} */ ([name, valueOf(name, one)])))
}

/**
 * @param {string} name
 * @param {unknown} value
 */
function valueOf (name, value) {
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'object' || typeof value === 'function' || typeof value === 'symbol') {
    throw badInput(TypeError, 'ERR_INVALID_ARG_TYPE', `params.${name} must be a string, a number, a boolean, a Date or an array of them; received ${shown(value)}`)
  }
  return String(value)
}

module.exports = { locate }
