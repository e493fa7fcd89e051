'use strict'

const { ConnectionPoolManager, DEFAULT_CONFIG } = require('../..')
const { Workshop } = require('../support/certificates')
const { open } = require('../support/pools')

const workshop = new Workshop()

/** What the constructor throws. */
function refusal (options) {
  try {
    open(options)
  } catch (error) {
    return `${error.name} ${error.code} ${error.message}`
  }
  throw new Error('the options were taken')
}

const INTEGERS = {
  maxSockets: [1, 1_000_000],
  maxSocketsPerHost: [1, 1_000_000],
  maxFreeSockets: [0, 1_000_000],
  maxQueued: [0, 2_147_483_647],
  maxRequestsPerSocket: [0, 2_147_483_647],
  maxHeaderSize: [8192, 16_777_216],
  maxHeadersCount: [1, 24_576],
  maxExpansion: [0, 2_147_483_647]
}
const TIMES = ['timeout', 'freeSocketTimeout', 'keepAliveTimeout', 'queueTimeout', 'connectTimeout', 'headersTimeout', 'bodyTimeout', 'requestTimeout', 'metricsInterval', 'maxLifetime', 'dnsCacheMs']

test.each(Object.entries(INTEGERS).flatMap(([name, [min, max]]) => [min - 1, max + 1, 1.5 + min, NaN].map(value => [name, value, min, max])))('%s may not be %d', (name, value, min, max) => {
  expect(refusal({ [name]: value })).toBe(`RangeError ERR_OUT_OF_RANGE ${name} must be an integer between ${min} and ${max}; received ${value}`)
})

test.each(Object.entries(INTEGERS).flatMap(([name, bounds]) => bounds.map(value => [name, value])))('%s may be %d', (name, value) => {
  expect(open({ [name]: value }).config[name]).toBe(value)
})

test.each(TIMES.flatMap(name => [-1, 0.5, 2 ** 31, Infinity].map(value => [name, value])))('%s may not be %d', (name, value) => {
  expect(refusal({ [name]: value })).toBe(`RangeError ERR_OUT_OF_RANGE ${name} must be an integer of milliseconds between 0 and 2147483647; received ${value}`)
})

test.each([...Object.keys(INTEGERS), ...TIMES].flatMap(name => [['a string', '5'], ['null', null], ['true', true], ['an object', {}], ['a function', () => {}], ['a bigint', 5n]].map(([kind, value]) => [name, kind, value])))('%s may not be %s', (name, _, value) => {
  expect(refusal({ [name]: value })).toMatch(new RegExp(`^TypeError ERR_INVALID_ARG_TYPE ${name} must be an integer `))
})

test.each(['keepAlive', 'trackMetrics'])('%s may only be true or false', name => {
  expect(refusal({ [name]: 'yes' })).toBe(`TypeError ERR_INVALID_ARG_TYPE ${name} must be true or false; received 'yes'`)
})

test('scheduling may only be lifo or fifo', () => {
  expect(refusal({ scheduling: 'random' })).toMatch(/^(TypeError|RangeError) ERR_\w+ scheduling must be 'lifo' or 'fifo'; received 'random'$/)
})

test('family may only be 0, 4 or 6', () => {
  expect(refusal({ family: 5 })).toMatch(/^RangeError ERR_OUT_OF_RANGE family must be 0, 4 or 6; received 5$/)
})

test.each(['localhost', '300.1.1.1', ''])('localAddress may not be %j', localAddress => {
  expect(refusal({ localAddress })).toMatch(/ localAddress must be an IPv4 or IPv6 address; received /)
})

test('ioThreads may only be 1', () => {
  expect(open({ ioThreads: 1 }).config.ioThreads).toBe(1)
  expect(DEFAULT_CONFIG.ioThreads).toBe(1)
  expect(refusal({ ioThreads: 2 })).toBe('RangeError ERR_OUT_OF_RANGE ioThreads must be 1, as no other is offered; received 2')
  expect(refusal({ ioThreads: '1' })).toBe("TypeError ERR_INVALID_ARG_TYPE ioThreads must be 1, as no other is offered; received '1'")
})

test.each(['allowH2', 'h2c'])('%s must be true or false', name => {
  expect(refusal({ [name]: 1 })).toMatch(new RegExp(`^TypeError ERR_INVALID_ARG_TYPE ${name} must be true or false; received 1`))
})

test('a connection must be allowed one stream', () => {
  expect(refusal({ maxConcurrentStreams: 0 })).toMatch(/^RangeError ERR_OUT_OF_RANGE maxConcurrentStreams must be an integer between 1 and /)
})

test.each([['null', null], ['a number', 5], ['a string', 'x']])('options may not be %s', (_, options) => {
  expect(refusal(options)).toMatch(/^TypeError ERR_INVALID_ARG_TYPE options must be an object; received /)
})

test.each([
  ['tls', 'yes', /^TypeError ERR_INVALID_ARG_TYPE tls must be an object; received a string$/],
  ['tls', { ciphers: 'x' }, /^TypeError ERR_INVALID_ARG_VALUE tls\.ciphers is not available in this version; available are ca, /],
  ['tls', { rejectUnauthorized: 0 }, /^TypeError ERR_INVALID_ARG_TYPE tls\.rejectUnauthorized must be true or false; received 0$/],
  ['tls', { ca: 5 }, /^TypeError ERR_INVALID_ARG_TYPE tls\.ca must be PEM as a string or Buffer, or an array of them; received 5$/],
  ['tls', { ca: 'nothing' }, /^TypeError ERR_INVALID_ARG_TYPE tls\.ca must be certificates in PEM; received none that can be read$/],
  ['tls', { key: 'nothing' }, /^TypeError ERR_INVALID_ARG_VALUE tls\.key must be a private key in PEM: /],
  ['tls', { servername: 5 }, /^TypeError ERR_INVALID_ARG_TYPE tls\.servername must be a string; received 5$/],
  ['tls', { minVersion: 'TLSv1' }, /^TypeError ERR_TLS_INVALID_PROTOCOL_VERSION tls\.minVersion must be 'TLSv1\.2' or 'TLSv1\.3'; received 'TLSv1'$/],
  ['tls', { maxVersion: 5 }, /^TypeError ERR_TLS_INVALID_PROTOCOL_VERSION tls\.maxVersion must be 'TLSv1\.2' or 'TLSv1\.3'; received 5$/],
  ['tls', { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.2' }, /^RangeError ERR_OUT_OF_RANGE tls\.minVersion must be no later than tls\.maxVersion, which is 'TLSv1\.2'; received 'TLSv1\.3'$/],
  ['tls', { cert: 'nothing' }, /^TypeError ERR_INVALID_ARG_TYPE tls\.key must be given with tls\.cert; received none$/],
  ['tls', { pfx: [Buffer.of(1), Buffer.of(2)] }, /^TypeError ERR_INVALID_ARG_TYPE tls\.pfx must be one PKCS#12 file as a Buffer, as there is one identity to show to a server; received 2 of them$/],
  ['tls', { key: ['hidden', 'hidden'] }, /^TypeError ERR_INVALID_ARG_TYPE tls\.key must be one private key, as there is one identity to show to a server; received 2 of them$/],
  ['tls', { cert: ['one', 'two'] }, /^TypeError ERR_INVALID_ARG_TYPE tls\.cert must be one certificate, with those above it in the same text, as there is one identity to show to a server; received 2 of them$/],
  ['tls', { key: [null] }, /^TypeError ERR_INVALID_ARG_VALUE tls\.key must be a private key in PEM: /],
  ['tls', { cert: [null] }, /^TypeError ERR_INVALID_ARG_TYPE tls\.cert must be PEM as a string or Buffer/],
  ['tls', { pfx: [null] }, /^TypeError ERR_INVALID_ARG_TYPE tls\.pfx must be one PKCS#12 file as a Buffer; received /],
  ['proxy', 'socks5://user:@a.test', /^RangeError ERR_OUT_OF_RANGE proxy must have a user and a password of 1 to 255 bytes each, or neither, for SOCKS5; received others$/]
])('%s may not be %j', (name, value, message) => {
  expect(refusal({ [name]: value })).toMatch(message)
})

test.each([
  ['a number', 123456, 'a number'],
  ['a list', ['hidden'], 'an instance of Array'],
  ['an object', { hidden: 'hidden' }, 'an instance of Object'],
  ['a Buffer', Buffer.from('hidden'), 'an instance of Buffer']
])('a passphrase that is %s is refused, and not shown', (_, passphrase, received) => {
  const expected = `TypeError ERR_INVALID_ARG_TYPE tls.passphrase must be a string; received ${received}`
  const pfx = Buffer.from('file')
  for (const tls of [{ passphrase }, { key: 'key', passphrase }, { pfx, passphrase }]) expect(refusal({ tls })).toBe(expected)
  expect(refusal({ tls: { key: { pem: 'key', passphrase } } })).toBe(expected.replace('tls.', 'tls.key.'))
  expect(refusal({ tls: { key: [{ pem: 'key', passphrase }] } })).toBe(expected.replace('tls.', 'tls.key.'))
  expect(refusal({ tls: { pfx: { buf: pfx, passphrase } } })).toBe(expected.replace('tls.', 'tls.pfx.'))
  expect(refusal({ tls: { pfx: [{ buf: pfx, passphrase }] } })).toBe(expected.replace('tls.', 'tls.pfx.'))
})

test('null is the same as left out where Node takes it so', () => {
  expect(() => open({ tls: { ca: null, cert: null, key: null, pfx: null, passphrase: null, minVersion: null, maxVersion: null } })).not.toThrow()
})

test('an empty list of keys, certificates or files is the same as left out, as with Node', () => {
  expect(() => open({ tls: { cert: [], key: [], pfx: [] } })).not.toThrow()
})

test('a key of another certificate is refused by name', () => {
  const [one, other] = ['one', 'other'].map(name => workshop.issue(name))
  expect(refusal({ tls: { cert: one.cert, key: other.key } })).toMatch(/^TypeError ERR_INVALID_ARG_TYPE tls\.key must be the private key of tls\.cert; received another \(/)
})

test('undefined is the same as left out', () => {
  expect(open({ maxSockets: undefined }).config.maxSockets).toBe(DEFAULT_CONFIG.maxSockets)
})

test('an inherited option is on config as it is in force', () => {
  expect(open(Object.create({ maxSockets: 1 })).config.maxSockets).toBe(1)
})

test('unknown keys are kept on config', () => {
  expect(open({ whatever: 'kept' }).config.whatever).toBe('kept')
})

test('bodyTimeout is timeout unless it is given', () => {
  expect([open({ timeout: 7 }).config.bodyTimeout, open({ timeout: 7, bodyTimeout: 8 }).config.bodyTimeout]).toEqual([7, 8])
})

test('DEFAULT_CONFIG cannot be changed', () => {
  expect(Object.isFrozen(DEFAULT_CONFIG)).toBe(true)
})

test('a refused pool holds nothing: the next is made', () => {
  expect(() => new ConnectionPoolManager({ maxSockets: 0 })).toThrow(RangeError)
  expect(open().getMetrics().currentPoolSize).toBe(0)
})
