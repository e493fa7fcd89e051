'use strict'

// Keys of every kind that a server can have under Node's defaults, and what signs its certificate: taken as Node takes them, or,
// where rustls knows no way, refused by a code that says so.

const { exchange } = require('../agents/exchange')
const { Workshop, rsa } = require('../support/certificates')
const { open } = require('../support/pools')
const { httpsServer } = require('../support/servers')
const { ofAgent, shows, verdictOfNode, verdicts } = require('./verdicts')

const workshop = new Workshop()
const name = 'localhost'
/** @param {string} curve */
const ec = curve => ['-algorithm', 'EC', '-pkeyopt', `ec_paramgen_curve:${curve}`]
/** @param {string} algorithm */
const alone = algorithm => ['-algorithm', algorithm]
/** An RSA key that signs by PSS alone, bound to a digest or to nothing. @param {...string} bound */
const pss = (...bound) => ['-algorithm', 'RSA-PSS', '-pkeyopt', 'rsa_keygen_bits:2048', ...bound.flatMap(one => ['-pkeyopt', `rsa_pss_keygen_${one}`])]
/** @param {string} digest @param {number} salt */
const boundTo = (digest, salt) => pss(`md:${digest}`, `mgf1_md:${digest}`, `saltlen:${salt}`)
const DIGESTS_SALT = 'rsa_pss_saltlen:digest'

const LEAVES = {
  'RSA of 3072 bits': rsa(3072),
  'RSA of 4096 bits': rsa(4096),
  'P-256': ec('P-256'),
  'P-384': ec('P-384'),
  'P-521': ec('P-521'),
  Ed25519: alone('ED25519')
}
const PSS_LEAVES = {
  'RSA-PSS': pss(),
  'RSA-PSS bound to SHA-256': boundTo('sha256', 32),
  'RSA-PSS bound to SHA-384': boundTo('sha384', 48),
  'RSA-PSS bound to SHA-512': boundTo('sha512', 64),
  'RSA-PSS bound to SHA-256 with a shorter salt': boundTo('sha256', 20)
}

/** Of the authority: its key, how it signs, and by which digest. */
const AUTHORITIES = {
  'P-384': { key: ec('P-384'), digest: 'sha384' },
  'P-521': { key: ec('P-521'), digest: 'sha512' },
  'P-521 with SHA-256': { key: ec('P-521') },
  Ed25519: { key: alone('ED25519') },
  'RSA with SHA-512': { key: rsa(2048), digest: 'sha512' },
  'RSA by PSS': { key: rsa(2048), sigopts: ['rsa_padding_mode:pss', DIGESTS_SALT] },
  'RSA-PSS': { key: pss(), sigopts: [DIGESTS_SALT] },
  'RSA-PSS bound to SHA-256': { key: boundTo('sha256', 32), sigopts: [DIGESTS_SALT] }
}

const UNKNOWN_AUTHORITIES = {
  Ed448: { key: alone('ED448') },
  'P-224': { key: ec('P-224') },
  'P-256 with SHA-224': { digest: 'sha224' },
  'RSA by PSS with another salt': { key: rsa(2048), sigopts: ['rsa_padding_mode:pss', 'rsa_pss_saltlen:20'] }
}

/** @param {Record<string, any>} kinds @param {string[]} versions */
const over = (kinds, ...versions) => Object.entries(kinds).flatMap(([kind, key]) => versions.map(version => [kind, version, key]))

/** @param {any} key @param {string} version */
async function serverWith (key, version) {
  return httpsServer({ ...workshop.issue(name, { key }), minVersion: version, maxVersion: version }, (request, reply) => reply.end())
}

test.each([...over(LEAVES, 'TLSv1.2', 'TLSv1.3'), ...over(PSS_LEAVES, 'TLSv1.3')])('a server with a key of %s in %s is taken, as by Node', async (_, version, key) => {
  const { url, port } = await serverWith(key, version)
  const ca = workshop.root.cert
  expect(await verdictOfNode(port, { ca })).toBe(null)
  expect(await verdicts(url, { ca })).toEqual([null, null])
})

/** @param {any} order of an authority, which is trusted */
async function serverUnder ({ key, ...order }) {
  const own = workshop.authority('Own', { key, ...order })
  const { url, port } = await httpsServer(shows(workshop.issue(name, { issuer: own, ...order })), (request, reply) => reply.end())
  return { url, port, ca: own.cert }
}

test.each(Object.entries(AUTHORITIES))('what an authority with a key of %s has signed is taken, as by Node', async (_, order) => {
  const { url, port, ca } = await serverUnder(order)
  expect(await verdictOfNode(port, { ca })).toBe(null)
  expect(await verdicts(url, { ca })).toEqual([null, null])
})

test.each([...over(PSS_LEAVES, 'TLSv1.2').map(row => [...row, 'ERR_SSL_WRONG_SIGNATURE_TYPE']), ...over({ Ed448: alone('ED448') }, 'TLSv1.2', 'TLSv1.3').map(row => [...row, null])])('a server with a key of %s in %s takes OpenSSL', async (_, version, key, known) => {
  const { url, port } = await serverWith(key, version)
  const ca = workshop.root.cert
  expect(await verdictOfNode(port, { ca })).toBe(null)
  const [code, ofAgents] = await verdicts(url, { ca })
  // The server itself finds nothing in common: OpenSSL calls its alert by other names from one version to the next.
  expect(code).toMatch(known ?? /^ERR_SSL_.*ALERT_HANDSHAKE_FAILURE$/)
  expect(ofAgents).toBe(ofAgent(code))
  await takesWithCiphers(url, ca)
})

test.each(Object.entries(UNKNOWN_AUTHORITIES))('what an authority with a key of %s has signed takes OpenSSL', async (_, order) => {
  const { url, port, ca } = await serverUnder(order)
  expect(await verdictOfNode(port, { ca })).toBe(null)
  expect(await verdicts(url, { ca })).toEqual(['ERR_POOL_TLS_UNSUPPORTED', 'ERR_POOL_TLS_UNSUPPORTED'])
  await takesWithCiphers(url, ca)
})

/** @param {string} url @param {string} ca */
async function takesWithCiphers (url, ca) {
  const agent = open({ tls: { ca } }).getHttpsAgent()
  expect((await exchange(url, { agent, ciphers: require('node:tls').DEFAULT_CIPHERS })).status).toBe(200)
}

test('a signature that is none is no unknown one', async () => {
  const own = workshop.authority('Same')
  const namesake = workshop.authority('Same')
  const { url, port } = await httpsServer(shows(workshop.issue(name, { issuer: namesake, extensions: 'basicConstraints=CA:TRUE\nauthorityKeyIdentifier=none' })), (request, reply) => reply.end())
  const theirs = await verdictOfNode(port, { ca: own.cert })
  expect(theirs).toBe('CERT_SIGNATURE_FAILURE')
  expect(await verdicts(url, { ca: own.cert })).toEqual([theirs, theirs])
})
