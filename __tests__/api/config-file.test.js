'use strict'

const fs = require('node:fs')
const { tmpdir } = require('node:os')
const path = require('node:path')
const { getGlobalPool, resetGlobalPool } = require('../..')
const { open } = require('../support/pools')

let folder
let environment

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(tmpdir(), 'options-'))
  environment = { NODE_ENV: process.env.NODE_ENV, RAG_POOL_CONFIG: process.env.RAG_POOL_CONFIG }
  delete process.env.RAG_POOL_CONFIG
})

afterEach(() => {
  fs.rmSync(folder, { recursive: true })
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
})

/** A file for one test. */
function file (content) {
  const place = path.join(folder, 'pool.json')
  fs.writeFileSync(place, typeof content === 'string' ? content : JSON.stringify(content))
  return place
}

/** What the constructor throws for a file, without the file's name. */
function refusal (content, options = {}) {
  const configFile = file(content)
  try {
    open({ configFile, ...options })
  } catch (error) {
    return `${error.name} ${error.message.replace(`configFile '${configFile}'`, 'FILE')}`
  }
  throw new Error('the file was taken')
}

test('configFile gives the options that code leaves out', () => {
  const { config } = open({ configFile: file({ maxSockets: 7, timeout: 70 }), timeout: 80 })
  expect(config).toMatchObject({ maxSockets: 7, timeout: 80, maxSocketsPerHost: 10 })
})

test('options of a file have their effect in the engine', () => {
  const pool = open({ configFile: file({ trackMetrics: false }) })
  pool.trackRequest(100)
  expect(pool.getMetrics()).toMatchObject({ totalRequests: 1, responseTime: { p50: 0 } })
})

test('undefined in code leaves what the file says', () => {
  expect(open({ configFile: file({ maxSockets: 7 }), maxSockets: undefined }).config.maxSockets).toBe(7)
})

test('RAG_POOL_CONFIG names the file where code does not', () => {
  process.env.RAG_POOL_CONFIG = file({ maxSockets: 7 })
  expect(open().config).toMatchObject({ maxSockets: 7, configFile: process.env.RAG_POOL_CONFIG })
})

test('configFile is read in place of what RAG_POOL_CONFIG names', () => {
  process.env.RAG_POOL_CONFIG = path.join(folder, 'none.json')
  expect(open({ configFile: file({ maxSockets: 7 }) }).config.maxSockets).toBe(7)
})

test('an empty RAG_POOL_CONFIG names nothing', () => {
  process.env.RAG_POOL_CONFIG = ''
  expect(open().config.maxSockets).toBe(50)
})

test('a fault in the file that RAG_POOL_CONFIG names is told as its', () => {
  process.env.RAG_POOL_CONFIG = file({ maxSockets: 0 })
  expect(() => open()).toThrow(`RAG_POOL_CONFIG '${process.env.RAG_POOL_CONFIG}': maxSockets must be an integer between 1 and 1000000; received 0`)
})

test.each(['development', 'production', 'test'])('NODE_ENV=%s takes its own of the environments', name => {
  process.env.NODE_ENV = name
  const environments = { development: { maxSockets: 1 }, production: { maxSockets: 2 }, test: { maxSockets: 3 } }
  expect(open({ configFile: file({ maxSockets: 9, environments }) }).config.maxSockets).toBe(environments[name].maxSockets)
})

test.each([['another name', 'staging'], ['no name', undefined]])('NODE_ENV with %s takes none of the environments', (_, name) => {
  if (name === undefined) delete process.env.NODE_ENV
  else process.env.NODE_ENV = name
  expect(open({ configFile: file({ maxSockets: 9, environments: { development: { maxSockets: 1 } } }) }).config.maxSockets).toBe(9)
})

test('code holds over the environment of the file', () => {
  process.env.NODE_ENV = 'test'
  expect(open({ configFile: file({ environments: { test: { maxSockets: 1 } } }), maxSockets: 5 }).config.maxSockets).toBe(5)
})

test('environments given in code hold over the options beside them', () => {
  process.env.NODE_ENV = 'test'
  const { config } = open({ maxSockets: 5, timeout: 50, environments: { test: { maxSockets: 6 }, production: { timeout: 1 } } })
  expect(config).toMatchObject({ maxSockets: 6, timeout: 50 })
  expect(config).not.toHaveProperty('environments')
})

test('perHostPools are put together by name and option', () => {
  process.env.NODE_ENV = 'test'
  const configFile = file({
    perHostPools: { openai: { timeout: 1, queueTimeout: 1, maxLifetime: 1 }, own: { hosts: ['a.test'], timeout: 2 } },
    environments: { test: { perHostPools: { openai: { queueTimeout: 3 }, own: { timeout: 4 } } } }
  })
  expect(open({ configFile, perHostPools: { openai: { maxLifetime: 5 }, pinecone: {} } }).config.perHostPools).toEqual({
    openai: { timeout: 1, queueTimeout: 3, maxLifetime: 5 }, own: { hosts: ['a.test'], timeout: 4 }, pinecone: {}
  })
})

test('names that no version knows are kept on config', () => {
  expect(open({ configFile: file({ team: 'search' }) }).config.team).toBe('search')
})

test('a file may begin with a byte order mark', () => {
  expect(open({ configFile: file('\uFEFF{"maxSockets": 7}') }).config.maxSockets).toBe(7)
})

test('a __proto__ in a file changes no prototype', () => {
  const { config } = open({ configFile: file('{"__proto__": {"polluted": 1}, "perHostPools": {"openai": {"timeout": 1}}}'), perHostPools: { openai: {} } })
  expect([{}.polluted, config.polluted]).toEqual([undefined, undefined])
})

test.each([
  [{ maxSockets: '5' }, "TypeError FILE: maxSockets must be an integer between 1 and 1000000; received '5'"],
  [{ scheduling: 'random' }, "RangeError FILE: scheduling must be 'lifo' or 'fifo'; received 'random'"],
  [{ timeout: null }, 'TypeError FILE: timeout must be an integer of milliseconds between 0 and 2147483647; received null'],
  [{ environments: { production: { maxSockets: 0 } } }, 'RangeError FILE: environments.production.maxSockets must be an integer between 1 and 1000000; received 0'],
  [{ environments: { staging: {} } }, "TypeError FILE: environments must be for development, production, test; received 'staging'"],
  [{ environments: { test: 5 } }, 'TypeError FILE: environments.test must be an object; received 5'],
  [{ environments: [] }, 'TypeError FILE: environments must be an object; received an instance of Array'],
  [{ environments: { test: { environments: {} } } }, 'TypeError FILE: environments.test.environments must be left out of an environment; received an instance of Object'],
  [{ environments: { test: { configFile: 'x' } } }, "TypeError FILE: environments.test.configFile must be left out of an environment; received 'x'"],
  [{ configFile: 'x' }, "TypeError FILE: configFile must be left out of a file; received 'x'"],
  [{ perHostPools: { openai: { timeout: -1 } } }, 'RangeError FILE: perHostPools.openai.timeout must be an integer of milliseconds between 0 and 2147483647; received -1'],
  [{ environments: { production: { perHostPools: { openai: { timeout: -1 } } } } }, 'RangeError FILE: environments.production.perHostPools.openai.timeout must be an integer of milliseconds between 0 and 2147483647; received -1'],
  [{ environments: { production: { perHostPools: { own: { hosts: ['http://x'] } } } } }, "RangeError FILE: environments.production.perHostPools.own.hosts[0] must be a host such as 'api.example.com', '*.svc.internal' or 'localhost:8080'; received 'http://x'"],
  [{ tls: { ciphers: 'x' } }, 'TypeError FILE: tls.ciphers is not available in this version; available are ca, cert, key, pfx, passphrase, servername, rejectUnauthorized, minVersion, maxVersion, checkServerIdentity, pins, keyLog, systemCa'],
  [{ tls: { ca: 'x' } }, 'TypeError FILE: tls.ca must be certificates in PEM; received none that can be read'],
  [{ proxy: 'ftp://user:secret@proxy' }, "RangeError FILE: proxy must be the URL of a proxy such as 'http://user:password@proxy.example:3128': http, https, socks5 or socks5h, a host and no path; received a text with an @"],
  [{ proxy: 5 }, 'TypeError FILE: proxy must be the URL of a proxy, or null or false for none; received a number'],
  [[], 'TypeError FILE: $ must be an object; received an instance of Array'],
  ['null', 'TypeError FILE: $ must be an object; received null']
])('%j is refused by its path', (content, message) => {
  expect(refusal(content)).toBe(message)
})

test('a fault in an environment that is not the current one is refused too', () => {
  process.env.NODE_ENV = 'development'
  expect(refusal({ environments: { production: { family: 5 } } })).toMatch(/ FILE: environments\.production\.family must be 0, 4 or 6; received 5$/)
})

test('a fault in the file is refused though code holds over it', () => {
  expect(refusal({ maxSockets: 0 }, { maxSockets: 5 })).toMatch(/ FILE: maxSockets must be /)
})

test('a fault in code is told without the file', () => {
  expect(refusal({ maxSockets: 5 }, { maxSockets: 0 })).toBe('RangeError maxSockets must be an integer between 1 and 1000000; received 0')
})

test('a fault in an environment given in code is told by its path', () => {
  expect(() => open({ environments: { production: { maxSockets: 0 } } })).toThrow(/^environments\.production\.maxSockets must be /)
})

test('what is no JSON is refused with its place, and is not repeated', () => {
  const message = refusal('{\n  "maxSockets": 5,\n  "tls": { "passphrase": "secret" x } }')
  expect(message).toMatch(/^TypeError FILE must hold JSON; received something else/)
  expect(message).not.toContain('secret')
})

test('a file that is not there is refused by its name', () => {
  const configFile = path.join(folder, 'none.json')
  expect(() => open({ configFile })).toThrow(expect.objectContaining({ name: 'TypeError', message: `configFile '${configFile}' must be a file that can be read; received ENOENT` }))
})

test.each([[5, 'TypeError', '5'], ['', 'RangeError', "''"], [null, 'TypeError', 'null']])('configFile may not be %j', (configFile, name, shown) => {
  expect(() => open({ configFile })).toThrow(expect.objectContaining({ name, message: `configFile must be the path of a file; received ${shown}` }))
})

test('the global pool compares what is given in code with what the file made of it', () => {
  const warning = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
  process.env.RAG_POOL_CONFIG = file({ maxSockets: 7 })
  const pool = getGlobalPool()
  getGlobalPool({ maxSockets: 7 })
  expect([pool.config.maxSockets, warning.mock.calls.length]).toEqual([7, 0])
  getGlobalPool({ maxSockets: 8 })
  expect(warning).toHaveBeenCalledTimes(1)
  warning.mockRestore()
  resetGlobalPool()
})

test.each([
  [{ production: { perHostPools: { vectors: { maxSocketsPerHost: 5 } } } }, 'TypeError FILE: environments.production.perHostPools.vectors.hosts must be given'],
  [{ production: { perHostPools: { a: { hosts: ['a.test'] }, b: { hosts: ['a.test'] } } } }, 'TypeError FILE: environments.production.perHostPools.b.hosts must be hosts that no other name has']
])('%j is refused in whichever environment', (environments, message) => {
  process.env.NODE_ENV = 'test'
  expect(refusal({ environments })).toMatch(message)
})

test('hosts that code gives serve an environment of the file', () => {
  process.env.NODE_ENV = 'test'
  const configFile = file({ environments: { production: { perHostPools: { vectors: { maxSocketsPerHost: 5 } } } } })
  expect(() => open({ configFile, perHostPools: { vectors: { hosts: ['a.test'] } } })).not.toThrow()
})

test('the global pool is not warned of for the same options over a file', () => {
  const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const options = { configFile: file({ perHostPools: { openai: { timeout: 5 } } }), perHostPools: { own: { hosts: ['a.test'], timeout: undefined } }, tls: { ca: undefined } }
  getGlobalPool(options)
  getGlobalPool({ ...options, tls: {} })
  resetGlobalPool()
  expect(warned).not.toHaveBeenCalled()
  warned.mockRestore()
})

test('options that go together here and not in production are refused here', () => {
  process.env.NODE_ENV = 'test'
  expect(refusal({ family: 6, environments: { production: { localAddress: '127.0.0.1' } } })).toMatch(/^RangeError with environments\.production, localAddress must be /)
})

test('a conflict of hosts is told by the place of the one that has them', () => {
  const hosts = ['one.test']
  expect(refusal({ perHostPools: { x: { hosts } } }, { perHostPools: { y: { hosts } } }))
    .toMatch("TypeError perHostPools.y.hosts must be hosts that no other name has; received 'one.test', which FILE: perHostPools.x has")
})
