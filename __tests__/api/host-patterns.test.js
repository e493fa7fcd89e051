'use strict'

const { chooser, ensureDistinct, sectionsOf } = require('../../lib/host-pools')
const { open } = require('../support/pools')

/** Which name an origin is under. */
function nameOf (perHostPools, host, port = 443) {
  const sections = sectionsOf(perHostPools, 'perHostPools')
  ensureDistinct(sections)
  return sections[chooser(sections)(host, port) - 1]?.name
}

test.each([
  ['openai', 'api.openai.com'],
  ['anthropic', 'api.anthropic.com'],
  ['pinecone', 'my-index-1a2b.svc.us-east1-gcp.pinecone.io'],
  ['pinecone', 'api.pinecone.io']
])('%s is known to mean %s', (name, host) => {
  expect(nameOf({ openai: {}, anthropic: {}, pinecone: {} }, host)).toBe(name)
})

test.each(['example.com', 'openai.com', 'api.openai.com.evil.test', 'notpinecone.io', 'pinecone.io'])('%s is none of the known hosts', host => {
  expect(nameOf({ openai: {}, anthropic: {}, pinecone: {} }, host)).toBeUndefined()
})

test('hosts that are given stand in for the known ones', () => {
  const given = { openai: { hosts: ['llm.internal'] } }
  expect([nameOf(given, 'llm.internal'), nameOf(given, 'api.openai.com')]).toEqual(['openai', undefined])
})

test('a wildcard means the names below, at whatever depth', () => {
  const given = { a: { hosts: ['*.svc.internal'] } }
  expect(['x.svc.internal', 'x.y.svc.internal', 'svc.internal', 'xsvc.internal'].map(host => nameOf(given, host))).toEqual(['a', 'a', undefined, undefined])
})

test('a port means that port alone', () => {
  const given = { a: { hosts: ['localhost:6333'] } }
  expect([6333, 6334].map(port => nameOf(given, 'localhost', port))).toEqual(['a', undefined])
})

test.each([
  ['a name before a wildcard with a port', ['db.svc.internal', '*.svc.internal:443']],
  ['a longer wildcard before a shorter one with a port', ['*.svc.internal', '*.internal:443']],
  ['a name with a port before one without', ['db.svc.internal:443', 'db.svc.internal']],
  ['a wildcard with a port before the same without', ['*.internal:443', '*.internal']]
])('the most specific wins: %s', (_, [specific, general]) => {
  expect(nameOf({ a: { hosts: [general] }, b: { hosts: [specific] } }, 'db.svc.internal')).toBe('b')
  expect(nameOf({ b: { hosts: [specific] }, a: { hosts: [general] } }, 'db.svc.internal')).toBe('b')
})

test.each([['API.Example.COM', 'api.example.com'], ['[::1]', '::1'], ['bücher.example', 'xn--bcher-kva.example'], ['127.1', '127.0.0.1']])('%s is read as a URL has it', (pattern, host) => {
  expect(nameOf({ a: { hosts: [pattern] } }, host)).toBe('a')
})

/** What the constructor says. */
function refusal (perHostPools) {
  try {
    open({ perHostPools })
  } catch (error) {
    return `${error.name} ${error.message}`
  }
  throw new Error('the options were taken')
}

/** What is shown of a pattern, where that is not all of it. */
const VEILED = new Map([['user:secret@a.test', 'a text with an @'], ['user:secret', 'a text whose port is none'], ['a.test?key=secret', "'a.test'"], ['::1', 'a text whose port is none']])

test.each(['', '*', '*.', 'http://a.test', 'a.test/x', 'a.test:0', 'a.test:65536', 'a b.test', '*.10.0.0.1', '*.[::1]', 'a.*.test', ...VEILED.keys()])('%j is no host', pattern => {
  expect(refusal({ own: { hosts: ['fine.test', pattern] } })).toBe(
    `RangeError perHostPools.own.hosts[1] must be a host such as 'api.example.com', '*.svc.internal' or 'localhost:8080'; received ${VEILED.get(pattern) ?? `'${pattern}'`}`)
})

test.each([
  [{ own: { hosts: 'a.test' } }, /^TypeError perHostPools\.own\.hosts must be a list, each of it a host such as .*; received 'a\.test'$/],
  [{ own: { hosts: [] } }, /^RangeError perHostPools\.own\.hosts must be a list of at least one host/],
  [{ own: { hosts: [5] } }, /^TypeError perHostPools\.own\.hosts\[0\] must be a host such as .*; received 5$/],
  [{ own: { hosts: Object.assign([], { 1: 'a.test' }) } }, /^TypeError perHostPools\.own\.hosts\[0\] must be a host such as .*; received undefined$/],
  [{ own: {} }, /^TypeError perHostPools\.own\.hosts must be given: only openai, anthropic, pinecone have hosts without it; received undefined$/],
  [{ own: 5 }, /^TypeError perHostPools\.own must be an object; received 5$/],
  [{ 'two words': 5 }, /^TypeError perHostPools\["two words"\] must be an object; received 5$/],
  [{ 'https://user:secret@a.test': {} }, /^TypeError perHostPools\[a text with an @\]\.hosts must be given: /],
  [{ 'https://a.test/?key=secret': { hosts: [] } }, /^RangeError perHostPools\["https:\/\/a\.test\/"\]\.hosts must be a list of at least one host/],
  ['secret', /^TypeError perHostPools must be an object; received a string$/],
  [5, /^TypeError perHostPools must be an object; received 5$/],
  [null, /^TypeError perHostPools must be an object; received null$/],
  [[], /^TypeError perHostPools must be an object; received an instance of Array$/],
  [{ a: { hosts: ['x.test'] }, b: { hosts: ['X.test'] } }, /^TypeError perHostPools\.b\.hosts must be hosts that no other name has; received 'x\.test', which perHostPools\.a has$/],
  [{ openai: { maxSocketsPerHost: 0 } }, /^RangeError perHostPools\.openai\.maxSocketsPerHost must be an integer between 1 and 1000000; received 0$/],
  [{ openai: { maxSockets: 5 } }, /^TypeError perHostPools\.openai\.maxSockets must be left out here: it is an option of the whole pool; received a number$/],
  [{ openai: { maxSocketPerHost: 5 } }, /^TypeError perHostPools\.openai\.maxSocketPerHost must be left out here: no option has this name; received a number$/],
  [{ openai: { ioThreads: 2 } }, /^TypeError perHostPools\.openai\.ioThreads must be left out/],
  [{ openai: { tls: { ciphers: 'x' } } }, /^TypeError perHostPools\.openai\.tls\.ciphers is not available in this version/],
  [{ openai: { tls: { ca: 'no PEM' } } }, /^TypeError perHostPools\.openai\.tls\.ca must be certificates in PEM/],
  [{ openai: { tls: { key: 'no PEM' } } }, /^TypeError perHostPools\.openai\.tls\.key must be a private key in PEM/]
])('perHostPools %j is refused by its path', (perHostPools, message) => {
  expect(refusal(perHostPools)).toMatch(message)
})

test('a name and hosts that are undefined are left out', () => {
  const pool = open({ perHostPools: { openai: { hosts: undefined, timeout: undefined }, own: undefined } })
  expect(pool.config.perHostPools).toHaveProperty('openai')
})
