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
const AUTHORITY = 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign'
const UNKNOWN = '1.2.3.4=critical,ASN1:UTF8String:x'
const issued = order => shows(workshop.issue(name, order))
/** @param {string} more of an authority between a server and the root */
const under = more => {
  const between = workshop.lesser('Between', { issuer: root, extensions: more })
  return [shows(workshop.issue(name, { issuer: between }), between)]
}
/** @param {string} more of a root @param {Record<string, any>} [order] */
const underRoot = (more, order) => {
  const own = workshop.authority('Own root', { extensions: more, ...order })
  return [issued({ issuer: own }), { ca: own.cert }]
}
const curved = workshop.issue(name, { issuer: null, key: described('P-256') })
/** @param {number} steps of authorities between a server and the root @param {Record<string, any>} [first] of them @param {Record<string, any>} [last] */
const far = (steps, first = {}, last = {}) => {
  const line = [workshop.lesser('Step 1', { issuer: root, of: middle, ...first })]
  for (let step = 2; step <= steps; step++) line.unshift(workshop.lesser(`Step ${step}`, { issuer: line[0], of: middle }))
  return [shows(workshop.issue(name, { issuer: line[0], ...last }), ...line)]
}
/** Another of the root's name. */
const namesake = workshop.authority('Root')
const critical = `${SAN}\ncertificatePolicies=critical,1.2.3.4`

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

/** What extensions say, of a server and of those above it. */
const EXTENDED = {
  'a critical policy': [issued({ extensions: critical })],
  'a critical policy, expired besides': [issued({ extensions: critical, until: '20210101000000Z' })],
  'a critical policy, of an unknown authority': [issued({ extensions: critical, issuer: stranger })],
  'a critical policy, by a namesake of the root': [issued({ extensions: `${critical}\nauthorityKeyIdentifier=none`, issuer: namesake })],
  'a critical policy, for another name': [issued({ extensions: 'subjectAltName=DNS:a.test\ncertificatePolicies=critical,1.2.3.4' })],
  'a critical policy, for clients': [issued({ extensions: `${critical}\nextendedKeyUsage=clientAuth` })],
  'an authority with a critical policy': under(`${AUTHORITY}\ncertificatePolicies=critical,1.2.3.4`),
  'an authority that demands a policy': under(`${AUTHORITY}\npolicyConstraints=critical,requireExplicitPolicy:0`),
  'an authority that inhibits any policy': under(`${AUTHORITY}\ninhibitAnyPolicy=critical,0`),
  'an authority that maps a policy': under(`${AUTHORITY}\ncertificatePolicies=1.2.3.4\npolicyMappings=critical,1.2.3.4:1.2.3.5`),
  'a root that demands a policy': underRoot(`${AUTHORITY}\npolicyConstraints=critical,requireExplicitPolicy:0\ninhibitAnyPolicy=critical,0`),
  'an authority that demands a policy, and is none': under('basicConstraints=CA:FALSE\npolicyConstraints=critical,requireExplicitPolicy:0'),
  'an authority that demands a policy, for clients': under(`${AUTHORITY}\npolicyConstraints=critical,requireExplicitPolicy:0\nextendedKeyUsage=clientAuth`),
  'an authority that demands a policy, and limits names': under(`${AUTHORITY}\npolicyConstraints=critical,requireExplicitPolicy:0\nnameConstraints=critical,permitted;DNS:other.test`),
  'a server that demands a policy': [issued({ extensions: `${SAN}\npolicyConstraints=critical,requireExplicitPolicy:0` })],
  'an authority with an extension that nobody knows': under(`${AUTHORITY}\n${UNKNOWN}`),
  'a root with an extension that nobody knows': underRoot(`${AUTHORITY}\n${UNKNOWN}`),
  'a critical identifier of its key': [issued({ extensions: `${SAN}\nsubjectKeyIdentifier=critical,hash` })],
  'a critical list of the revoked': [issued({ extensions: `${SAN}\ncrlDistributionPoints=critical,URI:http://localhost/` })],
  'a critical name of its issuer': [issued({ extensions: `${SAN}\nissuerAltName=critical,DNS:a.test` })],
  'a critical feature of TLS': [issued({ extensions: `${SAN}\ntlsfeature=critical,status_request` })],
  'critical word that nothing is revoked': [issued({ extensions: `${SAN}\nnoCheck=critical,ignored` })],
  'addresses that its authority does not own': [issued({ extensions: `${SAN}\n1.3.6.1.5.5.7.1.7=DER:300C300A0402000130040302000A` })],
  'a certificate that was handed on': [issued({ extensions: `${SAN}\nproxyCertInfo=critical,language:id-ppl-anyLanguage` })],
  'an authority that was handed on': under(`${AUTHORITY}\nproxyCertInfo=language:id-ppl-anyLanguage`),
  'a way of seven steps': far(7),
  'a way of seven steps, the first expired': far(7, { until: '20210101000000Z' }),
  'a way of seven steps, where one is allowed': far(7, { extensions: 'basicConstraints=critical,CA:TRUE,pathlen:0' }),
  'a way of seven steps, the first no authority': far(7, { extensions: 'basicConstraints=CA:FALSE' }),
  'a way of seven steps, within limits': far(7, { extensions: `${AUTHORITY}\nnameConstraints=critical,permitted;DNS:localhost` }),
  'a way of seven steps, beyond limits': far(7, { extensions: `${AUTHORITY}\nnameConstraints=critical,permitted;DNS:other.test` }),
  'a way of seven steps, to a namesake of the root': far(7, { issuer: namesake, extensions: `${AUTHORITY}\nauthorityKeyIdentifier=none` }),
  'a way of seven steps, for clients': far(7, {}, { extensions: `${SAN}\nextendedKeyUsage=clientAuth` }),
  'a way of seven steps, to a stranger': far(7, { issuer: stranger }),
  'a way of seventeen steps': far(17),
  'a way of seventeen steps, to a namesake of the root': far(17, { issuer: namesake, extensions: `${AUTHORITY}\nauthorityKeyIdentifier=none` }),
  'a way of seventeen steps, beyond limits': far(17, { extensions: `${AUTHORITY}\nnameConstraints=critical,permitted;DNS:other.test` }),
  'a way of seventeen steps, the server expired': far(17, {}, { until: '20210101000000Z' }),
  'a certificate for any purpose': [issued({ extensions: `${SAN}\nextendedKeyUsage=anyExtendedKeyUsage` })],
  'a certificate for Microsoft\'s strong servers': [issued({ extensions: `${SAN}\nextendedKeyUsage=msSGC` })],
  'a certificate for Netscape\'s strong servers': [issued({ extensions: `${SAN}\nextendedKeyUsage=nsSGC,clientAuth` })],
  'an authority for Microsoft\'s strong servers': under(`${AUTHORITY}\nextendedKeyUsage=msSGC`),
  'an authority for Netscape\'s strong servers': under(`${AUTHORITY}\nextendedKeyUsage=nsSGC`),
  'an authority for any purpose': under(`${AUTHORITY}\nextendedKeyUsage=anyExtendedKeyUsage`),
  'an authority for clients': under(`${AUTHORITY}\nextendedKeyUsage=clientAuth`),
  'a root for clients': underRoot(`${AUTHORITY}\nextendedKeyUsage=clientAuth`),
  'a certificate for clients, as Netscape has it': [issued({ extensions: `${SAN}\nnsCertType=client` })],
  'a certificate for clients, critically so': [issued({ extensions: `${SAN}\nnsCertType=critical,client` })],
  'a certificate for servers, as Netscape has it': [issued({ extensions: `${SAN}\nnsCertType=critical,server` })],
  'a certificate for servers and mail, as Netscape has it': [issued({ extensions: `${SAN}\nnsCertType=server,email` })],
  'an authority by constraints and for clients by Netscape': under('basicConstraints=CA:TRUE\nnsCertType=client'),
  'an authority by Netscape alone': under('nsCertType=sslCA'),
  'a root by Netscape alone': underRoot('nsCertType=sslCA'),
  'a root for mail by Netscape alone': underRoot('nsCertType=emailCA'),
  'an authority by its usage alone': under('keyUsage=keyCertSign'),
  'a root by its usage alone': underRoot('keyUsage=keyCertSign'),
  'an authority by nothing': under('subjectKeyIdentifier=hash'),
  'a root by nothing': underRoot('subjectKeyIdentifier=hash'),
  'an authority of version 1': under(''),
  'a root of version 1': underRoot(''),
  'an authority whose usage is another': under('basicConstraints=CA:TRUE\nkeyUsage=digitalSignature'),
  'a usage that cannot be read': [issued({ extensions: `${SAN}\n2.5.29.15=DER:0500` })],
  'a usage without any': [issued({ extensions: `${SAN}\n2.5.29.15=DER:030100` })],
  'names that cannot be read': [issued({ extensions: '2.5.29.17=DER:0500' })],
  'constraints that cannot be read': [issued({ extensions: `${SAN}\n2.5.29.19=DER:0500` })],
  'an authority whose usage cannot be read': under('basicConstraints=critical,CA:TRUE\n2.5.29.15=DER:0500'),
  'an authority whose constraints cannot be read': under('keyUsage=keyCertSign\n2.5.29.19=DER:0500'),
  'a root whose constraints cannot be read': underRoot('keyUsage=keyCertSign\n2.5.29.19=DER:0500'),
  'an authority whose limits cannot be read': under(`${AUTHORITY}\n2.5.29.30=DER:0500`),
  'a root whose usage is another': underRoot('basicConstraints=CA:TRUE\nkeyUsage=digitalSignature')
}

/** How names and keys are written. */
const WRITTEN = {
  'a common name of two bytes a letter': [issued({ extensions: 'basicConstraints=CA:FALSE', mask: 'MASK:0x800' })],
  'a common name of four bytes a letter': [issued({ extensions: 'basicConstraints=CA:FALSE', mask: 'MASK:0x100' })],
  'a common name in T.61': [issued({ extensions: 'basicConstraints=CA:FALSE', mask: 'MASK:0x4' })],
  'a common name that can be printed': [issued({ extensions: 'basicConstraints=CA:FALSE', mask: 'MASK:0x2' })],
  'another common name of two bytes a letter': [issued({ extensions: 'basicConstraints=CA:FALSE', mask: 'MASK:0x800', subject: '/CN=a.test' })],
  'a key that describes its curve': [issued({ key: described('P-256') })],
  'a key that describes its curve, in TLS 1.2': [{ ...issued({ key: described('P-256') }), maxVersion: 'TLSv1.2' }],
  'a key that describes the curve P-384': [issued({ key: described('P-384') })],
  'a key that describes the curve P-521': [issued({ key: described('P-521') })],
  'an authority whose key describes its curve': underRoot(AUTHORITY, { key: described('P-256') }),
  'a root with no settings of its owner': [issued({}), { ca: workshop.trusted(root) }],
  'a root that is trusted for servers': [issued({}), { ca: workshop.trusted(root, '-addtrust', 'serverAuth', '-setalias', 'mine') }],
  'a root that is trusted for anything': [issued({}), { ca: workshop.trusted(root, '-addtrust', 'anyExtendedKeyUsage', '-addreject', 'clientAuth') }],
  'a root of an old heading': [issued({}), { ca: root.cert.replaceAll(' CERTIFICATE', ' X509 CERTIFICATE') }],
  'a key that describes its curve, and is trusted': [shows(curved), { ca: curved.cert }]
}

/** What Node 24 and later refuse, and rustls cannot take where earlier ones did: compared at the security level of Node 24. */
const WEAK = {
  'an RSA key of 1024 bits': [{ ...issued({ key: rsa(1024) }), ciphers: ANY }],
  'an RSA key of 1024 bits that nobody vouches for': [{ ...issued({ key: rsa(1024), issuer: stranger }), ciphers: ANY }],
  'an authority whose RSA key has 1024 bits': [{ ...issued({ issuer: small }), ciphers: ANY }, { ca: small.cert }],
  'an intermediate whose RSA key has 1024 bits': [{ ...shows(workshop.issue(name, { issuer: smallMiddle }), smallMiddle), ciphers: ANY }]
}

/** Made here, where no test waits for it. */
const [LONGEST] = far(103)
const ALL = { ...SERVERS, ...EXTENDED, ...WRITTEN }

test.each(Object.entries(ALL))('%s is judged as Node judges it', async (_, [server, options = {}]) => {
  const { url, port } = await httpsServer(server, (request, reply) => reply.end())
  const theirs = await verdictOfNode(port, { ca, ...options })
  expect(await verdicts(url, { ca, ...options })).toEqual([theirs, ofAgent(theirs)])
})

test.each(Object.entries(ALL))('%s is let in where everybody is, and what is wrong with it is told as by Node', async (_, [server, options = {}]) => {
  const { url } = await httpsServer(server, (request, reply) => reply.end())
  const [theirs, ours] = await faults(url, { ca, ...options })
  expect(ours).toBe(theirs)
})

test.each(Object.entries(WEAK))('%s is judged as Node 24 judges it', async (_, [server, options = {}]) => {
  const { url, port } = await httpsServer(server, (request, reply) => reply.end())
  const theirs = await verdictOfNode(port, { ca, ...options, ciphers: 'DEFAULT:@SECLEVEL=2' })
  expect(await verdicts(url, { ca, ...options })).toEqual([theirs, theirs])
})

test('the table holds servers that Node takes and servers that it refuses, by more than ten codes', async () => {
  const all = []
  for (const [server, options = {}] of Object.values(ALL)) {
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

const DISTRUSTING = ['-addtrust clientAuth', '-addreject serverAuth', '-addtrust serverAuth -addreject anyExtendedKeyUsage']

test.each(DISTRUSTING)('a root with the setting %s vouches for no server', async settings => {
  const { port } = await httpsServer(issued({}), (request, reply) => reply.end())
  const distrusted = workshop.trusted(root, ...settings.split(' '))
  expect(await verdictOfNode(port, { ca: distrusted })).toBe('INVALID_PURPOSE')
  expect(() => open({ tls: { ca: [root.cert, distrusted] } })).toThrow('tls.ca must be trusted for servers; received a TRUSTED CERTIFICATE that is not')
})

test('a way may have as many steps as it may have for OpenSSL', async () => {
  const { key, cert } = LONGEST
  const line = cert.match(/-----BEGIN[^]+?-----END CERTIFICATE-----/g)
  const judged = []
  // Whoever is trusted as a root stands for all above: the first of the line, and those that it vouches for.
  for (const steps of [99, 100, 101, 102]) {
    const top = workshop.authority(`Step ${103 - steps}`, { of: middle })
    const { url, port } = await httpsServer({ key, cert: line.slice(0, steps + 1).join('\n') }, (request, reply) => reply.end())
    const theirs = await verdictOfNode(port, { ca: top.cert })
    expect(await verdicts(url, { ca: top.cert })).toEqual([theirs, theirs])
    judged.push(theirs)
  }
  expect([judged[0], new Set(judged).size]).toEqual([null, 2])
})
