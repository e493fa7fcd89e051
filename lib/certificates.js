'use strict'

const { X509Certificate } = require('node:crypto')

/** @param {string} der in hexadecimal */
function read (der) {
  return new X509Certificate(Buffer.from(der, 'hex'))
}

/**
 * A peer's certificate in the shape of Node's `getPeerCertificate()`.
 * @param {string[]} line it and those that vouch for it, each by the next
 * @param {boolean} detailed with those, as `issuerCertificate`
 * @returns {any} without properties where there is none
 */
function peerCertificate (line, detailed) {
  const certificates = (detailed ? line : line.slice(0, 1)).map(read)
  const all = certificates.map(certificate => /** @type {any} */ (certificate).toLegacyObject())
  if (detailed) all.forEach((told, at) => addIssuer(told, all[at + 1], /** @type {X509Certificate} */ (certificates[at])))
  return all[0] ?? {}
}

/**
 * What vouches for itself is its own issuer; whose issuer nobody knows has none.
 * @param {any} told
 * @param {any} next
 * @param {X509Certificate} certificate
 */
function addIssuer (told, next, certificate) {
  const issuer = next ?? (certificate.checkIssued(certificate) ? told : undefined)
  if (issuer !== undefined) told.issuerCertificate = issuer
}

module.exports = { peerCertificate, read }
