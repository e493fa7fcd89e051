'use strict'

const { exemptions } = require('./no-proxy')
const { proxyOf } = require('./proxy-url')

/**
 * The proxies of an environment, as curl reads it: the lower-case name of a variable before the upper-case one, an empty one
 * as none.
 * @param {Record<string, string | undefined>} variables
 */
function environmentProxies (variables) {
  const http = first(variables, ['http_proxy', ...isCgi(variables) ? [] : ['HTTP_PROXY'], 'all_proxy', 'ALL_PROXY'])
  const https = first(variables, ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'])
  const exempts = exemptions(first(variables, ['no_proxy', 'NO_PROXY'])?.text ?? '')
  return { http: read(http), https: read(https), exempts }
}

/**
 * Under CGI, `HTTP_PROXY` is what a request's `Proxy` field says, which anybody can send.
 * @param {Record<string, string | undefined>} variables
 */
function isCgi (variables) {
  return variables.REQUEST_METHOD !== undefined
}

/**
 * @param {Record<string, string | undefined>} variables
 * @param {string[]} names
 */
function first (variables, names) {
  for (const name of names) {
    const text = variables[name]
    if (text !== undefined && text !== '') return { name, text }
  }
  return null
}

/** @param {{ name: string, text: string } | null} variable */
function read (variable) {
  return variable === null ? null : proxyOf(variable.text, variable.name, { asCurl: true })
}

module.exports = { environmentProxies }
