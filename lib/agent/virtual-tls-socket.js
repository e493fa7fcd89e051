'use strict'

const os = require('node:os')
const { peerCertificate, read } = require('../certificates')
const { VirtualSocket } = require('./virtual-socket')

/** A virtual socket with the face of `tls.TLSSocket`. */
class VirtualTlsSocket extends VirtualSocket {
  /** @returns {true | undefined} @override */
  get encrypted () { return true }

  /**
   * What failed in the handshake has Node's facts, and comes as Node tells it.
   * @param {any} error
   * @override
   */
  failed (error) {
    if (error.phase !== 'tls') return super.failed(error)
    // With Node it is the write of the request that a broken handshake fails.
    if (error.code.startsWith('ERR_SSL_')) {
      Object.assign(error, { code: 'EPROTO', errno: -os.constants.errno.EPROTO, syscall: 'write', message: `write EPROTO ${error.message}` })
    }
    if (error.code !== 'ECONNRESET' || error.syscall !== undefined) return super.failed(error)
    Object.assign(error, { host: this.host, port: this.port })
    // So that the request is not told besides that its socket hung up.
    this._hadError = true
    this.prependOnceListener('end', () => super.failed(error))
    this.onPeerEnd()
  }

  /** Whether the peer's certificate was accepted; false until it was seen. */
  get authorized () {
    return this.face.version !== null && this.face.authorizationError === null
  }

  /** The code of what is wrong with it, under `rejectUnauthorized: false`. */
  get authorizationError () { return this.face.authorizationError }

  get alpnProtocol () { return this.face.alpn ?? false }

  /** The name that the server was asked for; false for an address, and until it was asked. */
  get servername () {
    return this.face.version === null || !this.asked ? false : this.asked
  }

  getPeerX509Certificate () {
    const [own] = this.face.certificates
    return own === undefined ? undefined : read(own)
  }

  /** @param {boolean} [detailed] with the certificates that signed it, as `issuerCertificate` */
  getPeerCertificate (detailed = false) {
    return peerCertificate(this.face.certificates, detailed)
  }

  getProtocol () { return this.face.version }

  getCipher () {
    const { cipher, version } = this.face
    if (cipher === null) return undefined
    const standardName = cipher.replace(/^TLS13_/, 'TLS_')
    return { name: openSslName(standardName), standardName, version }
  }

  isSessionReused () { return this.face.resumed }

  /** Sessions are the engine's. */
  getSession () { return undefined }
}

/**
 * OpenSSL calls the suites of TLS 1.2 by names of its own, and those of 1.3 by the standard's.
 * @param {string} standardName
 */
function openSslName (standardName) {
  if (!standardName.includes('_WITH_')) return standardName
  return standardName.replace(/^TLS_/, '').replace('_WITH_', '_').replace(/AES_(\d+)/, 'AES$1').replace(/(CHACHA20_POLY1305)_SHA256$/, '$1').replaceAll('_', '-')
}

module.exports = { VirtualTlsSocket }
