'use strict'

const { types } = require('node:util')
const { badInput, shown } = require('../errors')
const { fieldsOf } = require('./form-fields')

const FORM = 'application/x-www-form-urlencoded'
const MULTIPART = 'multipart/form-data'

/**
 * What goes out for `data`. What already is a body stays one; any other value goes out as JSON, or as the form that
 * the content type names.
 * @param {any} data undefined and null: no body
 * @param {Record<string, any>} headers by lower-case name
 * @returns {{ body: any, headers: Record<string, any> }}
 */
function encodeData (data, headers) {
  if (data === undefined || data === null) return { body: undefined, headers }
  const type = String(headers['content-type'] ?? '').toLowerCase()
  if (typeof data === 'string') return { body: data, headers: typed(headers, 'text/plain;charset=UTF-8') }
  if (isBody(data)) return { body: data, headers: isForm(data) ? formHeaders(data, type, headers) : headers }
  if (type.startsWith(FORM)) return { body: new URLSearchParams(/** @type {any} */ (fieldsOf(data, false))), headers }
  if (type.startsWith(MULTIPART)) return { body: formOf(data), headers: without(headers, 'content-type') }
  const body = hasNoJson(data) ? undefined : JSON.stringify(data)
  if (body === undefined) {
    throw badInput(TypeError, 'ERR_INVALID_ARG_TYPE',
      `data must be text, bytes, a stream or an iterator of them, FormData, a Blob, URLSearchParams or a value that JSON has; received ${shown(data)}`)
  }
  return { body, headers: typed(headers, 'application/json') }
}

/**
 * @param {Record<string, any>} headers
 * @param {string} type unless there is one
 */
function typed (headers, type) {
  return headers['content-type'] === undefined ? { ...headers, 'content-type': type } : headers
}

/**
 * Bytes in pieces are whatever iterates over them, but for what is a value in its own right: an array, a Map, a Set, and what
 * says itself how it is JSON.
 * @param {any} data
 */
function isBody (data) {
  if (typeof data !== 'object' || Array.isArray(data) || hasNoJson(data)) return false
  return ArrayBuffer.isView(data) || types.isAnyArrayBuffer(data) ||
    ['Blob', 'File', 'FormData', 'URLSearchParams'].includes(data[Symbol.toStringTag]) ||
    Symbol.asyncIterator in data || typeof data.pipe === 'function' ||
    (Symbol.iterator in data && typeof data.toJSON !== 'function')
}

/** @param {any} data */
function isForm (data) {
  return data[Symbol.toStringTag] === 'FormData'
}

/** What JSON would make `{}` of, though it holds something. @param {any} data */
function hasNoJson (data) {
  return typeof data.toJSON !== 'function' &&
    (types.isMap(data) || types.isSet(data) || types.isWeakMap(data) || types.isWeakSet(data) || types.isPromise(data))
}

/**
 * Whoever writes a form knows its boundary, and a content type of the caller's without one could not be read: the platform
 * writes its own, the form-data package tells of its.
 * @param {any} form
 * @param {string} type
 * @param {Record<string, any>} headers
 */
function formHeaders (form, type, headers) {
  if (typeof form.getHeaders === 'function') return type === '' || type === MULTIPART ? { ...headers, ...form.getHeaders() } : headers
  return type.startsWith(MULTIPART) ? without(headers, 'content-type') : headers
}

/**
 * @param {Record<string, any>} headers
 * @param {string} name
 */
function without (headers, name) {
  const { [name]: _, ...rest } = headers
  return rest
}

/** @param {any} data */
function formOf (data) {
  const form = new FormData()
  for (const [name, value] of fieldsOf(data, true)) form.append(name, /** @type {any} */ (value))
  return form
}

module.exports = { encodeData }
