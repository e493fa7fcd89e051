'use strict'

const { X509Certificate } = require('node:crypto')
const { VirtualSocket } = require('./virtual-socket')

/** A virtual socket with the face of `tls.TLSSocket`. */
class VirtualTlsSocket extends VirtualSocket {
  /** @override */
  connected () {
    if (!this.connecting) return
    super.connected()
    this.emit('secureConnect')
  }

  get encrypted () { return true }

  /** Whether the peer's certificate was accepted; false until it was seen. */
  get authorized () {
    return this.face.version !== null && this.face.authorizationError === null
  }

  /** The code of what is wrong with it, under `rejectUnauthorized: false`. */
  get authorizationError () { return this.face.authorizationError }

  get alpnProtocol () { return this.face.alpn ?? false }

  getPeerX509Certificate () {
    const [own] = this.face.certificates
    return own === undefined ? undefined : read(own)
  }

  /** @param {boolean} [detailed] with the certificates that signed it, as `issuerCertificate` */
  getPeerCertificate (detailed = false) {
    const chain = this.face.certificates.map((/** @type {string} */ der) => read(der).toLegacyObject())
    if (chain.length === 0) return {}
    if (detailed) chain.forEach((/** @type {any} */ certificate, /** @type {number} */ at) => { certificate.issuerCertificate = chain[at + 1] ?? certificate })
    return chain[0]
  }

  getProtocol () { return this.face.version }

  getCipher () {
    const { cipher, version } = this.face
    if (cipher === null) return undefined
    const name = cipher.replace(/^TLS13_/, 'TLS_')
    return { name, standardName: name, version }
  }

  isSessionReused () { return this.face.resumed }

  /** Sessions are the engine's. */
  getSession () { return undefined }
}

/** @param {string} der in hexadecimal */
function read (der) {
  return new X509Certificate(Buffer.from(der, 'hex'))
}

module.exports = { VirtualTlsSocket }
