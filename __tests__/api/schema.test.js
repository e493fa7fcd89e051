'use strict'

// The shipped schemas against the constructor: what one takes the other takes, and what one refuses the other refuses.

const fs = require('node:fs')
const { tmpdir } = require('node:os')
const path = require('node:path')
const { rootCertificates } = require('node:tls')
const Ajv = require('ajv/dist/2020').default
const addFormats = require('ajv-formats').default
const { open } = require('../support/pools')
const optionsSchema = require('../../schema/options.schema.json')
const fileSchema = require('../../schema/config-file.schema.json')

const [ca] = rootCertificates
const PIN = `sha256/${Buffer.alloc(32).toString('base64')}`

const validator = addFormats(new Ajv({ strict: true }))
const validates = { options: validator.compile(optionsSchema), file: validator.compile(fileSchema) }

let folder

beforeAll(() => { folder = fs.mkdtempSync(path.join(tmpdir(), 'schema-')) })
afterAll(() => fs.rmSync(folder, { recursive: true }))

/** What no JSON validates as. */
const FUNCTIONS = ['lookup']

/** Whether the constructor takes options, given in code. */
function isTaken (options) {
  try {
    open(options).destroy()
    return true
  } catch (error) {
    expect(error.code).toMatch(/^ERR_(INVALID_ARG_TYPE|INVALID_ARG_VALUE|OUT_OF_RANGE|TLS_INVALID_PROTOCOL_VERSION)$/)
    return false
  }
}

/** Whether the constructor takes them, given in a file. */
function isTakenFromFile (options) {
  const configFile = path.join(folder, 'pool.json')
  fs.writeFileSync(configFile, JSON.stringify(options))
  return isTaken({ configFile })
}

/** Values about the edges of what a property says of itself. */
function edges (name, { type, minimum, maximum, enum: words }) {
  const values = [null, true, 'x', 0.5, [], {}]
  if (type === 'integer') values.push(minimum - 1, minimum, minimum + 0.5, maximum, maximum + 1, String(minimum))
  if (words !== undefined) values.push(...words)
  return values.map(value => ({ [name]: value }))
}

/** What an option is bounded by besides its own range, as wide as it goes. */
const WIDE = { maxSockets: 1_000_000, maxSocketsPerHost: 1_000_000, maxFreeSockets: 1_000_000 }
const roomFor = (name, options) => name === 'minFreeSockets' ? { ...WIDE, ...options } : options

const own = section => ({ perHostPools: { own: { hosts: ['a.test'], ...section } } })
const hosts = (...names) => ({ perHostPools: { own: { hosts: names } } })

/** By what they are about. */
const CASES = {
  'no option': [{}, { team: 'search' }],
  ...Object.fromEntries(Object.entries(optionsSchema.properties)
    // A file of that name is read, and is another matter.
    .filter(([name]) => name !== 'configFile')
    .map(([name, property]) => [name, edges(name, property).map(options => roomFor(name, options))])),
  ...Object.fromEntries(Object.entries(optionsSchema.$defs.hosts.properties)
    .filter(([name]) => name !== 'hosts')
    .map(([name, property]) => [`${name} of hosts`, edges(name, property).map(section => roomFor(name, own(section)))])),
  'what hosts may not have': [own({ maxSockets: 5 }), own({ team: 'search' }), { perHostPools: { openai: 5 } }],
  addresses: [{ localAddress: '127.0.0.1' }, { localAddress: '::1' }, { localAddress: 'localhost' }],
  'known names': [{ perHostPools: { openai: { timeout: 1 }, anthropic: {}, pinecone: {} } }],
  'names of hosts': [
    hosts('api.example.com', '*.svc.internal', 'localhost:8080', '[::1]', '[::1]:443', '127.0.0.1'),
    hosts(), hosts('http://a.test'), hosts('a.test/path'), hosts('user@a.test'), hosts('a b'), hosts('a.*.test'), hosts(''), hosts(5),
    { perHostPools: { own: { hosts: 'a.test' } } }
  ],
  'an environment': [
    { environments: { development: {}, production: { maxSockets: 1 }, test: { perHostPools: { openai: { timeout: 1 } } } } },
    { environments: { staging: {} } },
    ...[5, { maxSockets: 0 }, { environments: {} }, { configFile: 'x' }, own({ timeout: -1 }), { proxy: 'a.test' }]
      .map(production => ({ environments: { production } }))
  ],
  'a proxy': [
    ...['http://a.test', 'https://user:pass@a.test:3128/', 'socks5://a.test', 'socks5h://[::1]:1080', null, false].flatMap(proxy => [{ proxy }, own({ proxy })]),
    ...['', 'a.test', 'ftp://a.test', 'HTTP://a.test', 'http://', 'http://a.test/path', 'http://a.test?', 'http://a b', true, 5, {}].flatMap(proxy => [{ proxy }, own({ proxy })]),
    { proxyEnv: true }, { proxyEnv: false }, { proxyEnv: 1 }, own({ proxyEnv: true })
  ],
  'fields of tls': [
    { ca, rejectUnauthorized: false, servername: 'a.test', minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3' },
    { ca: [ca, ca] }, { ca: null }, { ca: 5 }, { ca: [5] }, { key: 5 }, { ciphers: 'x' }, { servername: 5 }, { rejectUnauthorized: 0 }, { minVersion: 'TLSv1' },
    { cert: [], key: [] }, { cert: ['x', 'x'] }, { key: ['x', 'x'] }, { key: [5] }, { key: [{ passphrase: 'x' }] },
    { pins: [PIN], keyLog: true, systemCa: false }, { pins: [] }, { pins: PIN }, { pins: ['sha256/short='] }, { pins: [5] }, { keyLog: 1 }, { systemCa: 1 }
  ].flatMap(tls => [{ tls }, own({ tls })])
}

/** A verdict on each, in a form that a failure shows well. */
const judged = (cases, verdict) => cases.map(options => `${JSON.stringify(options).slice(0, 100)} ${verdict(options) ? 'taken' : 'refused'}`)

test.each(Object.entries(CASES))('of %s, schema and constructor think the same', (_, cases) => {
  expect(judged(cases, validates.options)).toEqual(judged(cases, isTaken))
})

test.each(Object.entries(CASES))('of %s in a file, schema and constructor think the same', (_, cases) => {
  expect(judged(cases, validates.file)).toEqual(judged(cases, isTakenFromFile))
})

test('there is a case of either kind for each option', () => {
  const names = Object.keys(optionsSchema.properties).filter(name => optionsSchema.properties[name] !== false && name !== 'configFile' && !FUNCTIONS.includes(name))
  const one = names.filter(name => new Set(CASES[name].concat(CASES.addresses).filter(options => name in options).map(options => validates.options(options))).size < 2)
  expect(one).toEqual([])
})

test.each(['x', 5])('a file may not name another, such as %j', configFile => {
  expect([validates.file({ configFile }), isTakenFromFile({ configFile })]).toEqual([false, false])
})

test.each([5, '', null])('the name of a file may not be %j', configFile => {
  expect([validates.options({ configFile }), isTaken({ configFile })]).toEqual([false, false])
})

test.each([
  ['an address of the other family', { family: 4, localAddress: '::1' }],
  ['hosts of a name that is not known', { perHostPools: { own: { timeout: 1 } } }],
  ['hosts that two names have', { perHostPools: { a: { hosts: ['a.test'] }, b: { hosts: ['a.test'] } } }],
  ['a port that is none', hosts('a.test:70000')],
  ['certificates that are none', { tls: { ca: 'x' } }],
  ['versions in the wrong order', { tls: { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.2' } }]
])('%s takes more than a schema to be refused', (_, options) => {
  expect([validates.options(options), isTaken(options)]).toEqual([true, false])
})

test('the schema has the fields of tls that the constructor honours', () => {
  const names = Object.keys(optionsSchema.$defs.tls.properties)
  expect(() => open({ tls: { none: 1 } })).toThrow(`tls.none is not available in this version; available are ${names.join(', ')}`)
})
