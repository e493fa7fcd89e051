'use strict'

// Bad servers, and odd good ones: each is accepted or refused as Node's own tls does on the Node at hand, with its code.

const { exchange } = require('../agents/exchange')
const { Workshop, rsa } = require('../support/certificates')
const { open } = require('../support/pools')
const { httpsServer } = require('../support/servers')
const { faults, ofAgent, shows, verdictOfNode, verdicts } = require('./verdicts')

const workshop = new Workshop()
const { root } = workshop
const ca = root.cert
const name = 'localhost'
const ANY = 'DEFAULT:@SECLEVEL=0'
const stranger = workshop.authority('Stranger')
const middle = workshop.lesser('Middle', { issuer: root })
const below = workshop.issue(name, { issuer: middle })
const old = workshop.authority('Old root')
/** The same authority, once by itself and once vouched for by an older one. */
const young = workshop.authority('Young root')
const crossed = workshop.lesser('Young root', { of: young, issuer: old })
const underYoung = workshop.issue(name, { issuer: young })
const noAuthority = workshop.issue('no authority')
const expiredMiddle = workshop.lesser('Expired middle', { issuer: root, until: '20210101000000Z' })
const shallow = workshop.lesser('Shallow', { issuer: root, extensions: 'basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign' })
const deep = workshop.lesser('Deep', { issuer: shallow })
const itself = workshop.byRequest(name)
const ownLeaf = workshop.issue(name, { issuer: null })
const aged = workshop.lesser('Aged root', { digest: 'sha1' })
const small = workshop.lesser('Small root', { key: rsa(1024) })
const smallMiddle = workshop.lesser('Small middle', { issuer: root, key: rsa(1024) })
const SAN = `subjectAltName=DNS:${name}`

/** A key that describes its curve instead of naming it. @param {string} curve */
const described = curve => ['-algorithm', 'EC', '-pkeyopt', `ec_paramgen_curve:${curve}`, '-pkeyopt', 'ec_param_enc:explicit']
const POLICY = `${SAN}\ncertificatePolicies=critical,1.2.3.4`

const issued = order => shows(workshop.issue(name, order))

/** What a server shows, and, where it is not the usual, whom its client trusts or what it says besides. */
const SERVERS = {
  'a good one': [issued({})],
  'an expired certificate': [issued({ until: '20210101000000Z' })],
  'a certificate that is not valid yet': [issued({ from: '20480101000000Z' })],
  'an expired certificate that nobody vouches for': [issued({ until: '20210101000000Z', issuer: stranger })],
  'a certificate for another name': [shows(workshop.issue('elsewhere.test'))],
  'a certificate for a name below': [shows(workshop.issue('*.localhost'))],
  'a certificate for an address alone': [issued({ extensions: 'subjectAltName=IP:127.0.0.1' })],
  'a certificate that signed itself': [shows(ownLeaf)],
  'a certificate that signed itself, and is trusted': [shows(ownLeaf), { ca: ownLeaf.cert }],
  'what openssl req -x509 makes': [shows(itself)],
  'what openssl req -x509 makes, trusted': [shows(itself), { ca: itself.cert }],
  'a certificate of an unknown authority': [issued({ issuer: stranger })],
  'a certificate of an unknown authority, which it sends': [shows(workshop.issue(name, { issuer: stranger }), stranger)],
  'a certificate with a name but no alternative one': [issued({ extensions: 'basicConstraints=CA:FALSE' })],
  'a certificate of version 1': [issued({ extensions: '' })],
  'a certificate for clients': [issued({ extensions: `${SAN}\nextendedKeyUsage=clientAuth` })],
  'a certificate for mail': [issued({ extensions: `${SAN}\nextendedKeyUsage=emailProtection` })],
  'a certificate for servers and clients': [issued({ extensions: `${SAN}\nextendedKeyUsage=serverAuth,clientAuth` })],
  'a certificate whose key signs certificates alone': [issued({ extensions: `${SAN}\nkeyUsage=critical,keyCertSign` })],
  'a certificate of an authority': [issued({ extensions: `${SAN}\nbasicConstraints=critical,CA:TRUE` })],
  'an extension that nobody knows': [issued({ extensions: `${SAN}\n1.2.3.4=critical,ASN1:UTF8String:x` })],
  'a whole chain': [shows(below, middle)],
  'a chain with its root': [shows(below, middle, root)],
  'a chain in disorder': [shows(below, root, middle)],
  'a chain with a stranger in it': [shows(below, stranger, middle)],
  'a chain without its intermediate': [shows(below)],
  'a chain without its intermediate, which is in ca': [shows(below), { ca: [root.cert, middle.cert] }],
  'a chain whose intermediate alone is in ca': [shows(below), { ca: middle.cert }],
  'a chain whose root is not trusted': [shows(below, middle), { ca: stranger.cert }],
  'a chain with an expired intermediate': [shows(workshop.issue(name, { issuer: expiredMiddle }), expiredMiddle)],
  'an intermediate that is no authority': [shows(workshop.issue(name, { issuer: noAuthority }), noAuthority)],
  'a chain that is too long for its authority': [shows(workshop.issue(name, { issuer: deep }), deep, shallow)],
  'a root that an older one vouches for, the older trusted': [shows(underYoung, crossed), { ca: old.cert }],
  'a root that an older one vouches for, itself trusted': [shows(underYoung, crossed), { ca: young.cert }],
  'a root that an older one vouches for, both trusted': [shows(underYoung, crossed), { ca: [young.cert, old.cert] }],
  'a root that an older one vouches for, which is not sent': [shows(underYoung), { ca: old.cert }],
  'an RSA key': [issued({ key: rsa(2048) })],
  'a signature by SHA-384': [issued({ digest: 'sha384' })],
  'TLS 1.2 alone': [{ ...issued({}), maxVersion: 'TLSv1.2' }],
  'TLS 1.3 alone': [{ ...issued({}), minVersion: 'TLSv1.3' }],
  'TLS 1.1 alone': [{ ...issued({ key: rsa(2048) }), minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: ANY }],
  'TLS 1.0 alone': [{ ...issued({ key: rsa(2048) }), minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: ANY }],
  'a signature by SHA-1': [{ ...issued({ digest: 'sha1' }), ciphers: ANY }],
  'a signature by SHA-1, expired besides': [{ ...issued({ digest: 'sha1', until: '20210101000000Z' }), ciphers: ANY }],
  'a root that signed itself by SHA-1': [issued({ issuer: aged }), { ca: aged.cert }]
}

/** What can be shaken hands with, whatever is wrong with it. */
const ODD = {
  'a policy that is critical': [issued({ extensions: POLICY })],
  'a key that describes its curve': [issued({ key: described('P-256') })],
  'a key that describes its curve, in TLS 1.2': [{ ...issued({ key: described('P-256') }), maxVersion: 'TLSv1.2' }],
  'a key that describes the curve P-384': [issued({ key: described('P-384') })],
  'a key that describes the curve P-521': [issued({ key: described('P-521') })],
  'an extension that nobody knows, in TLS 1.2': [{ ...issued({ extensions: `${SAN}\n1.2.3.4=critical,ASN1:UTF8String:x` }), maxVersion: 'TLSv1.2' }]
}

/** What Node 24 and later refuse, and rustls cannot take where earlier ones did: compared at the security level of Node 24. */
const WEAK = {
  'an RSA key of 1024 bits': [{ ...issued({ key: rsa(1024) }), ciphers: ANY }],
  'an RSA key of 1024 bits that nobody vouches for': [{ ...issued({ key: rsa(1024), issuer: stranger }), ciphers: ANY }],
  'an authority whose RSA key has 1024 bits': [{ ...issued({ issuer: small }), ciphers: ANY }, { ca: small.cert }],
  'an intermediate whose RSA key has 1024 bits': [{ ...shows(workshop.issue(name, { issuer: smallMiddle }), smallMiddle), ciphers: ANY }]
}

test.each(Object.entries(SERVERS))('%s is judged as Node judges it', async (_, [server, options = {}]) => {
  const { url, port } = await httpsServer(server, (request, reply) => reply.end())
  const theirs = await verdictOfNode(port, { ca, ...options })
  expect(await verdicts(url, { ca, ...options })).toEqual([theirs, ofAgent(theirs)])
})

test.each(Object.entries({ ...SERVERS, ...ODD }))('%s is let in where everybody is, if Node lets it in', async (_, [server, options = {}]) => {
  const { url } = await httpsServer(server, (request, reply) => reply.end())
  const [theirs, ours] = await faults(url, { ca, ...options })
  expect(ours === 'refused').toBe(theirs === 'refused')
})

test.each(Object.entries(WEAK))('%s is judged as Node 24 judges it', async (_, [server, options = {}]) => {
  const { url, port } = await httpsServer(server, (request, reply) => reply.end())
  const theirs = await verdictOfNode(port, { ca, ...options, ciphers: 'DEFAULT:@SECLEVEL=2' })
  expect(await verdicts(url, { ca, ...options })).toEqual([theirs, theirs])
})

test('the table holds servers that Node takes and servers that it refuses, by more than ten codes', async () => {
  const all = []
  for (const [server, options = {}] of Object.values(SERVERS)) {
    const { port } = await httpsServer(server, (request, reply) => reply.end())
    all.push(await verdictOfNode(port, { ca, ...options }))
  }
  expect(all.filter(code => code === null).length).toBeGreaterThan(10)
  expect(new Set(all).size).toBeGreaterThan(10)
})

test('a weak key is no weak one for a request that asks OpenSSL to take it', async () => {
  const [server] = WEAK['an RSA key of 1024 bits']
  const { url } = await httpsServer(server, (request, reply) => reply.end())
  const { status } = await exchange(url, { agent: open({ tls: { ca } }).getHttpsAgent(), ciphers: ANY })
  expect(status).toBe(200)
})
