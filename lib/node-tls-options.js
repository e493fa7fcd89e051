'use strict'

// The `tls` option where Node itself speaks TLS: through an agent for options that only OpenSSL honours, and round the engine.

const { createHash, X509Certificate } = require('node:crypto')
const fs = require('node:fs')
const nodeTls = require('node:tls')
const { PoolError, badInput } = require('./errors')
const tls = require('./tls')

/**
 * What is not Node's own, in words that Node knows; `keyLog` is left to `logKeys`.
 * @param {any} options
 * @returns {any}
 */
function forNode ({ pins, systemCa, ...options }) {
  if (systemCa) options.ca = [...tls.trustedTexts(options.ca), ...tls.systemTexts('tls')]
  if (pins === undefined) return options
  if (options.rejectUnauthorized === false) {
    throw badInput(TypeError, 'ERR_INVALID_ARG_VALUE', 'tls.pins cannot be had with rejectUnauthorized: false where Node speaks TLS itself')
  }
  const { checkServerIdentity = nodeTls.checkServerIdentity } = options
  return {
    ...options,
    /**
     * @param {string} host
     * @param {any} certificate
     */
    checkServerIdentity: (host, certificate) => isPinned(pins, certificate) ? checkServerIdentity(host, certificate) : mismatch(host)
  }
}

/**
 * @param {string[]} pins
 * @param {{ raw: Buffer }} certificate
 */
function isPinned (pins, { raw }) {
  const key = new X509Certificate(raw).publicKey.export({ type: 'spki', format: 'der' })
  return pins.includes(`sha256/${createHash('sha256').update(key).digest('base64')}`)
}

/** @param {string} host */
function mismatch (host) {
  return new PoolError({ code: 'ERR_POOL_PIN_MISMATCH', phase: 'tls', message: `the public key of ${host} is none of tls.pins` })
}

/**
 * Writes the keys of sessions where `SSLKEYLOGFILE` says, as the engine does.
 * @template {{ on: (event: 'keylog', listener: (line: Buffer) => void) => unknown }} Emitter
 * @param {Emitter} emitter a TLS socket, or an agent of such
 * @param {any} options
 * @returns {Emitter}
 */
function logKeys (emitter, options) {
  const file = process.env.SSLKEYLOGFILE
  if (options?.keyLog === true && file) emitter.on('keylog', line => fs.appendFileSync(file, line))
  return emitter
}

module.exports = { forNode, logKeys }
