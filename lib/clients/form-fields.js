'use strict'

// The fields of a form that an object stands for. A form has texts and, as multipart, files. What is neither is refused by
// name: as JSON most of it would be `{}`, and nobody would hear of the loss.

const { types } = require('node:util')
const { badInput, shown } = require('../errors')

/** @typedef {[name: string, value: string | Blob]} Field */

/**
 * A list is a field each. An object is the text of its JSON unless it holds files: then its members are fields of their own,
 * by the names that axios gives them.
 * @param {any} data
 * @param {boolean} takesFiles
 * @returns {Field[]}
 * @throws {TypeError} naming the field
 */
function fieldsOf (data, takesFiles) {
  const told = toldOf(data)
  if (typeof told !== 'object' || told === null || isUntold(told)) {
    throw badInput(TypeError, 'ERR_INVALID_ARG_TYPE', `data must be an object, to go out as a form; received ${shown(data)}`)
  }
  return members(told, key => key, takesFiles, [])
}

/**
 * @param {object} holder
 * @param {(key: string) => string} named
 * @param {boolean} takesFiles
 * @param {object[]} holders of the holder
 * @returns {Field[]}
 */
function members (holder, named, takesFiles, holders) {
  return Object.entries(holder).flatMap(([key, value]) => [value].flat()
    .filter(one => one !== undefined && one !== null)
    .flatMap(one => fields(named(key), one, takesFiles, holders)))
}

/**
 * @param {string} name
 * @param {any} value
 * @param {boolean} takesFiles
 * @param {object[]} holders
 * @returns {Field[]}
 */
function fields (name, value, takesFiles, holders) {
  if (isFile(value)) {
    if (!takesFiles) throw refusal(name, value)
    return [[name, value instanceof Blob ? value : new Blob([value])]]
  }
  if (typeof value === 'function' || typeof value === 'symbol' || isUntold(value)) throw refusal(name, value)
  if (!holdsFile(value, [])) return [[name, textOf(name, value)]]
  if (holders.includes(value)) throw badInput(TypeError, 'ERR_INVALID_ARG_VALUE', `data.${name} holds itself`)
  return members(value, key => `${name}[${key}]`, takesFiles, [...holders, value])
}

/** @param {unknown} value @returns {boolean} */
function isFile (value) {
  return value instanceof Blob || ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)
}

/**
 * @param {any} value
 * @param {object[]} holders
 * @returns {boolean}
 */
function holdsFile (value, holders) {
  if (typeof value !== 'object' || value === null || holders.includes(value) || saysItself(value) || isUntold(value)) return false
  return Object.values(value).some(member => isFile(member) || holdsFile(member, [...holders, value]))
}

/**
 * @param {string} name
 * @param {any} value
 * @returns {string}
 */
function textOf (name, value) {
  if (typeof value !== 'object' || types.isBoxedPrimitive(value)) return String(value)
  const told = toldOf(value)
  if (told === undefined || told === null) throw refusal(name, value)
  // A Date and a URL are texts by their own account, and have no quotes round them.
  if (typeof told === 'string') return told
  return JSON.stringify(told, /** @this {any} */ function (key, member) {
    if (isFile(this[key]) || isUntold(this[key])) throw refusal(name, this[key])
    return member
  })
}

/** @param {any} value */
function toldOf (value) {
  return saysItself(value) ? value.toJSON() : value
}

/** @param {any} value */
function saysItself (value) {
  return typeof value?.toJSON === 'function'
}

/**
 * Whether JSON would tell nothing of it, or of its machinery only: a collection, a stream, a promise, an error.
 * @param {any} value
 */
function isUntold (value) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  if (saysItself(value) || types.isBoxedPrimitive(value)) return false
  return Symbol.iterator in value || Symbol.asyncIterator in value || typeof value.pipe === 'function' ||
    !(isPlain(value) || Object.keys(value).length > 0)
}

/** Of whatever realm. @param {object} value */
function isPlain (value) {
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/**
 * @param {string} name
 * @param {unknown} value
 */
function refusal (name, value) {
  return badInput(TypeError, 'ERR_INVALID_ARG_TYPE',
    `data.${name} must be a string, a number, a boolean, a Date, an object that JSON has, an array of them or, in multipart/form-data, a Blob or bytes; received ${shown(value)}`)
}

module.exports = { fieldsOf }
