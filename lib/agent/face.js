'use strict'

const { X509Certificate } = require('node:crypto')

/** What is known of no connection. */
const NOTHING = Object.freeze({
  local: undefined, remote: undefined, alpn: null, version: null, cipher: null, resumed: false, authorizationError: null, certificates: []
})

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
    const chain = this.face.certificates.map((/** @type {string} */ der) => new X509Certificate(Buffer.from(der, 'hex')).toLegacyObject())
    if (chain.length === 0) return {}
    if (detailed) chain.forEach((/** @type {any} */ certificate, /** @type {number} */ at) => { certificate.issuerCertificate = chain[at + 1] ?? certificate })
    return chain[0]
  },
  getProtocol () {
    return this.face.version
  },
  getCipher () {
    const name = this.face.cipher
    return name === null ? undefined : { name: name.replace(/^TLS13_/, 'TLS_'), standardName: name.replace(/^TLS13_/, 'TLS_'), version: this.face.version }
  },
  isSessionReused () {
    return this.face.resumed
  },
  getSession () {
    return undefined
  }
}

module.exports = { NOTHING, TLS_METHODS }
