'use strict'

const { isDeepStrictEqual } = require('node:util')
const native = require('./native')

/**
 * The names of options that are asked for and are otherwise in a pool that is there already. What is left out is no wish.
 * @param {Record<string, any>} asked
 * @param {Record<string, any>} given those that the pool was made with
 * @returns {string[]}
 */
function differing (asked, given) {
  const present = { ...native.optionDefaults(), ...given }
  present.bodyTimeout ??= present.timeout
  return Object.entries(asked).filter(([name, value]) => value !== undefined && !isDeepStrictEqual(stated(value), stated(present[name]))).map(([name]) => name)
}

/**
 * Without what is left out by being undefined, however deep.
 * @param {any} value
 * @returns {any}
 */
function stated (value) {
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined).map(([name, one]) => [name, stated(one)]))
}

module.exports = { differing }
