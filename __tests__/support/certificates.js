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
organizationName = optional
emailAddress = optional
`
const AUTHORITY = 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign'

/**
 * A certificate and its key, in PEM, with where they lie.
 * @typedef {{ cert: string, key: string, certPath: string, keyPath: string }} Issued
 */

/**
 * What to put into a certificate.
 * @typedef {object} Order
 * @property {Issued | null} issuer null: itself
 * @property {string} extensions
 * @property {string[]} key arguments of `openssl genpkey`
 * @property {string} digest
 * @property {string} from
 * @property {string} until
 * @property {string} subject as `openssl req` takes it; only the name, if there is none
 * @property {string} mask by which alphabets of ASN.1 the subject is written
 * @property {string[]} sigopts how it is signed, where there is a choice
 */

const EC = ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256']
/** @param {number} bits */
const rsa = bits => ['-algorithm', 'RSA', '-pkeyopt', `rsa_keygen_bits:${bits}`]

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

  /**
   * @param {string} name
   * @param {Partial<Order>} [order]
   */
  authority (name, order) {
    return this.#make({ name, extensions: AUTHORITY, ...order })
  }

  /**
   * A certificate for a server or a client.
   * @param {string} name
   * @param {Partial<Order>} [order] `issuer` null: signed by itself
   */
  issue (name, { issuer = this.root, ...more } = {}) {
    return this.#make({ name, issuer, extensions: `subjectAltName=DNS:${name}`, ...more })
  }

  /**
   * An authority that another vouches for, or for a key that another certificate has as well.
   * @param {string} name
   * @param {Partial<Order> & { of?: Issued }} order
   */
  lesser (name, order) {
    return this.#make({ name, extensions: AUTHORITY, ...order })
  }

  /** What `openssl req -x509` makes of itself. @param {string} name */
  byRequest (name) {
    const [keyPath, certPath] = ['key', 'pem'].map(ending => this.#file(`${this.#next}.${ending}`))
    this.#next++
    this.#openssl(['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', keyPath, '-out', certPath, '-days', '30', '-subj', `/CN=${name}`])
    return { cert: fs.readFileSync(certPath, 'utf8'), key: fs.readFileSync(keyPath, 'utf8'), certPath, keyPath }
  }

  /**
   * @param {{ name: string, of?: Issued } & Partial<Order>} order
   * @returns {Issued}
   */
  #make ({ name, issuer = null, of, extensions, key = EC, digest = 'sha256', from = '20200101000000Z', until = '20491231000000Z', subject = `/CN=${name}`, mask = 'utf8only', sigopts = [] }) {
    const number = this.#next++
    const [ownKey, certPath, request, file, wanted] = ['key', 'pem', 'csr', 'cnf', 'req'].map(ending => this.#file(`${number}.${ending}`))
    fs.writeFileSync(file, `${extensions}\n`)
    fs.writeFileSync(wanted, `${CONFIG}\n[req]\nstring_mask = ${mask}\n`)
    const keyPath = of?.keyPath ?? ownKey
    if (of === undefined) this.#openssl(['genpkey', ...key, '-out', keyPath])
    this.#openssl(['req', '-new', '-config', wanted, '-key', keyPath, '-subj', subject, '-out', request])
    const by = issuer === null ? ['-selfsign', '-keyfile', keyPath] : ['-cert', issuer.certPath, '-keyfile', issuer.keyPath]
    this.#openssl(['ca', '-batch', '-config', 'ca.cnf', '-notext', '-rand_serial', '-preserveDN', '-md', digest,
      '-startdate', from, '-enddate', until, '-in', request, '-out', certPath, '-extfile', file, ...sigopts.flatMap(option => ['-sigopt', option]), ...by])
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
   * A certificate with what its owner trusts it for.
   * @param {Issued} issued
   * @param {...string} settings as `openssl x509` takes them
   */
  trusted ({ certPath }, ...settings) {
    return this.#openssl(['x509', '-in', certPath, '-trustout', ...settings]).toString()
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

module.exports = { Workshop, rsa }
