'use strict'

const { X509Certificate } = require('node:crypto')

/** What is known of no connection. */
const NOTHING = Object.freeze({
  local: undefined, remote: undefined, alpn: null, version: null, cipher: null, resumed: false, authorizationError: null, certificates: []
})

/** @param {any} face */
function faceOf (face) {
  return face ?? NOTHING
}

/**
 * The methods that a TLSSocket has and a net.Socket has not. `this` is the virtual socket.
 * @type {Record<string, (this: any, ...rest: any[]) => any>}
 */
const TLS_METHODS = {
  getPeerX509Certificate () {
    const [own] = this.face.certificates
    return own === undefined ? undefined : new X509Certificate(Buffer.from(own, 'hex'))
  },
  getPeerCertificate (detailed = false) {
    const certificates = this.face.certificates.map((/** @type {string} */ der) => new X509Certificate(Buffer.from(der, 'hex')))
    const chain = certificates.map((/** @type {X509Certificate} */ certificate) => certificate.toLegacyObject())
    if (chain.length === 0) return {}
    if (detailed) chain.forEach((/** @type {any} */ told, /** @type {number} */ at) => addIssuer(told, chain[at + 1], certificates[at]))
    return chain[0]
  },
  getProtocol () {
    return this.face.version
  },
  getCipher () {
    const name = this.face.cipher
    if (name === null) return undefined
    const standardName = name.replace(/^TLS13_/, 'TLS_')
    return { name: openSslName(standardName), standardName, version: this.face.version }
  },
  isSessionReused () {
    return this.face.resumed
  },
  getSession () {
    return undefined
  }
}

/**
 * What vouches for itself is its own issuer; whose issuer the server did not send has none.
 * @param {any} told
 * @param {any} next
 * @param {X509Certificate} certificate
 */
function addIssuer (told, next, certificate) {
  const issuer = next ?? (certificate.checkIssued(certificate) ? told : undefined)
  if (issuer !== undefined) told.issuerCertificate = issuer
}

/**
 * OpenSSL calls the suites of TLS 1.2 by names of its own, and those of 1.3 by the standard's.
 * @param {string} standardName
 */
function openSslName (standardName) {
  if (!standardName.includes('_WITH_')) return standardName
  return standardName.replace(/^TLS_/, '').replace('_WITH_', '_').replace(/AES_(\d+)/, 'AES$1').replace(/(CHACHA20_POLY1305)_SHA256$/, '$1').replaceAll('_', '-')
}

module.exports = { TLS_METHODS, faceOf }
