'use strict'

// Certificates made on the spot by the `openssl` command, so that they suit OpenSSL's own taste.

const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const CONFIG = `
[req]
distinguished_name = name
[name]
[ca]
default_ca = shop
[shop]
database = index.txt
new_certs_dir = .
serial = serial.txt
policy = any
unique_subject = no
[any]
commonName = optional
`
const AUTHORITY = 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign'

/**
 * A certificate and its key, in PEM, with where they lie.
 * @typedef {{ cert: string, key: string, certPath: string, keyPath: string }} Issued
 */

/** A place to make certificates in, gone after the tests of a file. */
class Workshop {
  #at = fs.mkdtempSync(path.join(os.tmpdir(), 'rag-pool-certificates-'))
  #next = 0

  constructor () {
    fs.writeFileSync(this.#file('ca.cnf'), CONFIG)
    fs.writeFileSync(this.#file('index.txt'), '')
    fs.writeFileSync(this.#file('serial.txt'), '01')
    afterAll(() => fs.rmSync(this.#at, { recursive: true }))
    /** The root of all that name no issuer. */
    this.root = this.authority('Root')
  }

  /** @param {string} name */
  #file (name) {
    return path.join(this.#at, name)
  }

  /** @param {string[]} args */
  #openssl (args) {
    return execFileSync('openssl', args, { cwd: this.#at, stdio: 'pipe' })
  }

  /** @param {string} name */
  authority (name) {
    return this.#make({ name, extensions: AUTHORITY })
  }

  /**
   * A certificate for a server or a client.
   * @param {string} name
   * @param {{ issuer?: Issued | null, from?: string, until?: string }} [order] `issuer` null: signed by itself
   */
  issue (name, { issuer = this.root, ...dates } = {}) {
    return this.#make({ name, issuer, extensions: `subjectAltName=DNS:${name}`, ...dates })
  }

  /**
   * @param {{ name: string, issuer?: Issued | null, extensions: string, from?: string, until?: string }} order
   * @returns {Issued}
   */
  #make ({ name, issuer = null, extensions, from = '20200101000000Z', until = '20491231000000Z' }) {
    const number = this.#next++
    const [keyPath, certPath, request, file] = ['key', 'pem', 'csr', 'cnf'].map(ending => this.#file(`${number}.${ending}`))
    fs.writeFileSync(file, `${extensions}\n`)
    this.#openssl(['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', keyPath])
    this.#openssl(['req', '-new', '-config', 'ca.cnf', '-key', keyPath, '-subj', `/CN=${name}`, '-out', request])
    const by = issuer === null ? ['-selfsign', '-keyfile', keyPath] : ['-cert', issuer.certPath, '-keyfile', issuer.keyPath]
    this.#openssl(['ca', '-batch', '-config', 'ca.cnf', '-notext', '-rand_serial', '-preserveDN', '-md', 'sha256',
      '-startdate', from, '-enddate', until, '-in', request, '-out', certPath, '-extfile', file, ...by])
    return { cert: fs.readFileSync(certPath, 'utf8'), key: fs.readFileSync(keyPath, 'utf8'), certPath, keyPath }
  }

  /**
   * Key and certificate in one file, as a browser exports them.
   * @param {Issued} issued
   * @param {string} passphrase
   */
  pfx ({ certPath, keyPath }, passphrase) {
    return this.#openssl(['pkcs12', '-export', '-in', certPath, '-inkey', keyPath, '-certfile', this.root.certPath, '-passout', `pass:${passphrase}`])
  }

  /**
   * A key that wants a passphrase.
   * @param {Issued} issued
   * @param {string} passphrase
   */
  locked ({ keyPath }, passphrase) {
    return this.#openssl(['pkey', '-in', keyPath, '-aes256', '-passout', `pass:${passphrase}`]).toString()
  }
}

module.exports = { Workshop }
