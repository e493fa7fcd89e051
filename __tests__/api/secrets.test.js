'use strict'

const { inspect } = require('node:util')
const { Workshop } = require('../support/certificates')
const { open } = require('../support/pools')

const { cert, key } = new Workshop().issue('localhost')
const [, LINE] = key.split('\n')

/** Everything about a pool that a log may get to see. */
const PRINTED = {
  'inspect(pool)': pool => inspect(pool),
  'inspect(pool) to the bottom': pool => inspect(pool, { depth: Infinity, showHidden: true, maxArrayLength: null, maxStringLength: null }),
  'inspect(pool.config)': pool => inspect(pool.config, { depth: Infinity, maxArrayLength: null }),
  'JSON.stringify(pool.config)': pool => JSON.stringify(pool.config),
  'JSON.stringify({ pool })': pool => JSON.stringify({ config: pool.config }),
  'console.log of agents': pool => inspect([pool.getHttpAgent(), pool.getHttpsAgent()], { depth: 5 })
}

const SECRETS = {
  proxy: 'http://someone:hunter2@proxy.test:3128',
  tls: { cert: `${cert}\n${key}`, key: Buffer.from(key), passphrase: 'open-sesame' },
  perHostPools: { mine: { hosts: ['a.test'], proxy: 'socks5://someone:hunter2@other.test', tls: { cert, key } } }
}

const hex = text => Buffer.from(text).toString('hex').match(/../g).join(' ').slice(0, 60)
const numbers = text => JSON.stringify([...Buffer.from(text)]).slice(1, 60)

test.each(Object.entries(PRINTED))('%s shows no password and no key', (_, print) => {
  const text = print(open(SECRETS))
  for (const secret of ['hunter2', 'someone', 'open-sesame', LINE, hex(LINE), numbers(LINE)]) expect(text).not.toContain(secret)
})

test('what is no secret is shown', () => {
  const pool = open(SECRETS)
  expect(inspect(pool.config, { depth: Infinity })).toContain("proxy: 'http://(not shown)@proxy.test:3128'")
  expect(JSON.parse(JSON.stringify(pool.config))).toMatchObject({
    maxSockets: 50,
    tls: { key: '(not shown)', cert: '(not shown)' },
    perHostPools: { mine: { hosts: ['a.test'], proxy: 'socks5://(not shown)@other.test', tls: { cert } } }
  })
  expect(inspect(open({ proxy: 'http://proxy.test' }).config)).toContain("proxy: 'http://proxy.test'")
})

test('to programs the options are as they were given', () => {
  const { config } = open(SECRETS)
  expect(config).toMatchObject(SECRETS)
  expect(Object.keys(config)).not.toContain('toJSON')
  expect({ ...config }.tls.key).toBe(SECRETS.tls.key)
  expect(structuredClone({ ...config, lookup: undefined }).proxy).toBe(SECRETS.proxy)
})

test('a pool that lies deep is named and not opened', () => {
  expect(inspect({ a: { b: { c: open(SECRETS).config } } })).toContain('c: [Object]')
})
