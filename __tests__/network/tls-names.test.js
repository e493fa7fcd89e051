'use strict'

// Authorities that limit the names below them: who keeps to the limits and who does not, as Node says it.

const { Workshop } = require('../support/certificates')
const { httpsServer } = require('../support/servers')
const { shows, verdictOfNode, verdicts } = require('./verdicts')

const workshop = new Workshop()
const name = 'localhost'
const SAN = `subjectAltName=DNS:${name}`
const AUTHORITY = 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign'

/** @param {string} limits */
const limited = limits => `${AUTHORITY}\nnameConstraints=critical,${limits}`
const ORGANISATION = '\n[inside]\nO=Inside'
const ADDRESSES = `${SAN},IP:127.0.0.1`
const MAIL = `${SAN},email:a@mail.test`
const PAGE = `${SAN},URI:https://page.test/x`

/** What limits, what the server's certificate says, and its subject where it is not its name. */
const LIMITS = {
  'its name': ['permitted;DNS:localhost', SAN],
  'another name': ['permitted;DNS:other.test', SAN],
  'another name, and then its own': ['permitted;DNS:other.test,permitted;DNS:localhost', SAN],
  'all names but its own': ['excluded;DNS:localhost', SAN],
  'all names but another': ['excluded;DNS:other.test', SAN],
  'its name, and not at once': ['permitted;DNS:localhost,excluded;DNS:localhost', SAN],
  'a name above': ['permitted;DNS:test', 'subjectAltName=DNS:localhost,DNS:a.test'],
  'a name above by half a label': ['permitted;DNS:localhost,permitted;DNS:est', 'subjectAltName=DNS:localhost,DNS:a.test'],
  'names below alone': ['permitted;DNS:localhost,permitted;DNS:.a.test', 'subjectAltName=DNS:localhost,DNS:a.test'],
  'a name in capitals': ['permitted;DNS:LOCALHOST', SAN],
  'addresses where there are none': ['permitted;IP:10.0.0.0/255.0.0.0', SAN],
  'its address': ['permitted;IP:127.0.0.0/255.0.0.0', ADDRESSES],
  'another address': ['permitted;IP:10.0.0.0/255.0.0.0', ADDRESSES],
  'all addresses but its own': ['excluded;IP:127.0.0.0/255.0.0.0', ADDRESSES],
  'addresses of the other kind': ['permitted;IP:::1/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', ADDRESSES],
  'its mailbox': ['permitted;email:a@mail.test', MAIL],
  'another mailbox': ['permitted;email:b@mail.test', MAIL],
  'mail of its host': ['permitted;email:MAIL.test', MAIL],
  'mail of hosts below': ['permitted;email:.test', MAIL],
  'all mail but that of its host': ['excluded;email:mail.test', MAIL],
  'mail in a subject': ['permitted;email:other.test', SAN, `/CN=${name}/emailAddress=a@mail.test`],
  'its page': ['permitted;URI:page.test', PAGE],
  'another page': ['permitted;URI:other.test', PAGE],
  'pages of hosts below': ['permitted;URI:.test', PAGE],
  'all pages but those of its host': ['excluded;URI:page.test', PAGE],
  'its organisation': [`permitted;dirName:inside${ORGANISATION}`, SAN, `/O=Inside/CN=${name}`],
  'its organisation, in other letters': [`permitted;dirName:inside${ORGANISATION}`, SAN, `/O=iNSIDE/CN=${name}`],
  'another organisation': [`permitted;dirName:inside${ORGANISATION}`, SAN, `/O=Outside/CN=${name}`],
  'organisations, for one without': [`permitted;dirName:inside${ORGANISATION}`, SAN],
  'all organisations but its own': [`excluded;dirName:inside${ORGANISATION}`, SAN, `/O=Inside/CN=${name}`],
  'all organisations but another': [`excluded;dirName:inside${ORGANISATION}`, SAN, `/O=Outside/CN=${name}`],
  'a common name without another': ['permitted;DNS:other.test', 'basicConstraints=CA:FALSE', '/CN=a.test'],
  'a common name of one label': ['permitted;DNS:other.test', 'basicConstraints=CA:FALSE'],
  'registered names': ['permitted;RID:1.2.3', `${SAN},RID:1.2.3`],
  'names of the expired': ['permitted;DNS:other.test', SAN, undefined, { until: '20210101000000Z' }],
  'names of an authority that serves': ['permitted;DNS:other.test', `${SAN}\nbasicConstraints=CA:TRUE`],
  'its names, of an authority that serves': ['permitted;DNS:localhost', `${SAN}\nbasicConstraints=CA:TRUE`],
  'its names, of the first version': ['permitted;DNS:localhost', ''],
  'other names, of the first version': ['permitted;DNS:other.test', '', '/CN=a.test']
}

/** Of a server that is none of those that its certificate names. */
const OTHERS = {
  'a comma in it': 'subjectAltName=@names\n[names]\nDNS.1=a\\, DNS:localhost',
  'a quotation mark in it': 'subjectAltName=@names\n[names]\nDNS.1=a"b.test',
  'an apostrophe in it': 'subjectAltName=@names\n[names]\nDNS.1=a\'b.test',
  'a backslash in it': 'subjectAltName=@names\n[names]\nDNS.1=a\\\\b.test',
  'a letter of another alphabet in it': 'subjectAltName=DER:3009820762c3bc2e746573',
  'a byte that is no letter in it': 'subjectAltName=DER:3007820561fc2e7465',
  'a blank in it': 'subjectAltName=DNS:a b.test',
  'a page after it': 'subjectAltName=DNS:a.test,URI:https://page.test/,email:a@mail.test',
  'a page before it, and a comma': 'subjectAltName=@names\n[names]\nURI.1=https://page.test/x\\,y\nDNS.1=a.test',
  'addresses around it': 'subjectAltName=IP:10.0.0.1,DNS:a.test,IP:fe80::1',
  'a registered name after it': 'subjectAltName=DNS:a.test,RID:1.2.3.4',
  'a name of another kind after it': 'subjectAltName=DNS:a.test,otherName:1.2.3.4;UTF8:x',
  'an organisation after it': 'subjectAltName=DNS:a.test,dirName:inside\n[inside]\nO=Inside'
}

/** @param {any} error */
const inFull = error => `${error.code}: ${error.message}`

/** @param {any} server @param {string} ca */
async function compare (server, ca) {
  const { url, port } = await httpsServer(server, (request, reply) => reply.end())
  const theirs = await verdictOfNode(port, { ca }, inFull)
  expect(await verdicts(url, { ca }, inFull)).toEqual([theirs, theirs])
  return theirs
}

/** By verdict. @type {Map<string | null, number>} */
const seen = new Map()

test.each(Object.entries(LIMITS))('an authority that lets in %s is judged as Node judges it', async (_, [limits, extensions, subject, more = {}]) => {
  const root = workshop.authority('Limiting root', { extensions: limited(limits) })
  const issued = workshop.issue(name, { issuer: root, extensions, ...subject === undefined ? {} : { subject }, ...more })
  const verdict = await compare(shows(issued), root.cert)
  seen.set(verdict, (seen.get(verdict) ?? 0) + 1)
})

test('Node has let some in and refused others, for what is not permitted and for what is excluded', () => {
  expect(seen.get(null)).toBeGreaterThan(10)
  expect(seen.get('UNSPECIFIED: permitted subtree violation')).toBeGreaterThan(10)
  expect(seen.get('UNSPECIFIED: excluded subtree violation')).toBeGreaterThan(3)
})

test.each(Object.entries(OTHERS))('a name with %s is told of as by Node', async (_, extensions) => {
  const verdict = await compare(shows(workshop.issue(name, { extensions })), workshop.root.cert)
  expect(verdict).toMatch(/^ERR_TLS_CERT_ALTNAME_INVALID: .* is not in the cert's altnames: /)
})

/** Common names in which limits have to be found, however they are written. */
const LETTERS = { 'one byte': 'utf8only', 'two bytes': 'MASK:0x800', 'four bytes': 'MASK:0x100', 'T.61': 'MASK:0x4' }

test.each(Object.entries(LETTERS))('a common name in %s is within limits as Node has it', async (_, mask) => {
  const plain = 'basicConstraints=CA:FALSE'
  for (const limits of ['permitted;DNS:other.test', 'excluded;DNS:a.test', `excluded;dirName:inside${ORGANISATION}`]) {
    const root = workshop.authority('Limiting root', { extensions: limited(limits) })
    const issued = workshop.issue(name, { issuer: root, extensions: plain, mask, subject: '/O=Inside/CN=localhost/CN=a.test' })
    expect(await compare(shows(issued), root.cert)).toMatch(/subtree violation/)
  }
})

test('limits of an intermediate hold as those of a root', async () => {
  const middle = workshop.lesser('Limiting middle', { issuer: workshop.root, extensions: limited('permitted;DNS:other.test') })
  const verdict = await compare(shows(workshop.issue(name, { issuer: middle }), middle), workshop.root.cert)
  expect(verdict).toBe('UNSPECIFIED: permitted subtree violation')
})

test('of two authorities that limit, the nearer is told of', async () => {
  const root = workshop.authority('Limiting root', { extensions: limited('permitted;DNS:other.test') })
  const middle = workshop.lesser('Limiting middle', { issuer: root, extensions: limited('excluded;DNS:localhost') })
  const verdict = await compare(shows(workshop.issue(name, { issuer: middle }), middle), root.cert)
  expect(verdict).toBe('UNSPECIFIED: excluded subtree violation')
})

test('an authority with its own limits on its names passes what is not about itself', async () => {
  const itself = workshop.authority(name, { extensions: `${limited('permitted;DNS:other.test')}\n${SAN}` })
  expect(await compare(shows(itself), itself.cert)).toMatch(/purpose/)
})

test('a certificate that limits others and signed itself serves where it is trusted', async () => {
  const itself = workshop.issue(name, { issuer: null, extensions: `${SAN}\nbasicConstraints=CA:TRUE\nnameConstraints=critical,permitted;DNS:other.test` })
  expect(await compare(shows(itself), itself.cert)).toBe(null)
})
