'use strict'

const { types } = require('node:util')
const { badInput, shown } = require('../errors')

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
  if (isBody(data)) return { body: data, headers }
  if (type.startsWith(FORM)) return { body: new URLSearchParams(fieldsOf(data)), headers }
  if (type.startsWith(MULTIPART)) return multipart(data, headers)
  const body = JSON.stringify(data)
  if (body === undefined) throw badInput(TypeError, 'ERR_INVALID_ARG_TYPE', `data must be a body or a value that JSON has; received ${shown(data)}`)
  return { body, headers: typed(headers, 'application/json') }
}

/**
 * @param {Record<string, any>} headers
 * @param {string} type unless there is one
 */
function typed (headers, type) {
  return headers['content-type'] === undefined ? { ...headers, 'content-type': type } : headers
}

/** @param {any} data */
function isBody (data) {
  if (typeof data !== 'object' || Array.isArray(data)) return false
  return ArrayBuffer.isView(data) || types.isAnyArrayBuffer(data) ||
    ['Blob', 'File', 'FormData', 'URLSearchParams'].includes(data[Symbol.toStringTag]) ||
    Symbol.asyncIterator in data || Symbol.iterator in data || typeof data.pipe === 'function'
}

/**
 * @param {any} data
 * @returns {Array<[string, string]>}
 */
function fieldsOf (data) {
  if (typeof data !== 'object') throw badInput(TypeError, 'ERR_INVALID_ARG_TYPE', `data must be an object, to go out as a form; received ${shown(data)}`)
  return Object.entries(data).flatMap(([name, value]) => [value].flat()
    .filter(one => one !== undefined && one !== null)
    .map(one => /** @type {[string, string]} */ ([name, typeof one === 'object' ? JSON.stringify(one) : String(one)])))
}

/**
 * The platform writes the boundary, so the content type that asked for it goes.
 * @param {any} data
 * @param {Record<string, any>} headers
 */
function multipart (data, headers) {
  const form = new FormData()
  for (const [name, value] of Object.entries(data)) {
    if (value instanceof Blob) form.append(name, value)
    else for (const [, text] of fieldsOf({ [name]: value })) form.append(name, text)
  }
  const { 'content-type': _, ...rest } = headers
  return { body: form, headers: rest }
}

module.exports = { encodeData }
