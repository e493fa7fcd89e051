'use strict'

// Names and addresses: what is dialled, and what is told when nothing answers.

const http = require('node:http')
const net = require('node:net')
const { once } = require('node:events')
const { exchange } = require('../agents/exchange')
const { rejection } = require('../support/awaiting')
const { open } = require('../support/pools')
const { closedPort, left } = require('../support/servers')

const WAYS = {
  'pool.request': async (pool, url) => (await pool.request(url)).body.text(),
  'pool.fetch': async (pool, url) => (await pool.fetch(url)).text(),
  'an agent': async (pool, url) => String((await exchange(url, { agent: pool.getAgentForUrl(url) })).body)
}
const failure = async promise => {
  const error = await rejection(promise)
  return error.message === 'fetch failed' ? error.cause : error
}
const looked = (...addresses) => (name, { all }, done) => {
  const found = addresses.map(address => ({ address, family: net.isIP(address) }))
  if (all) done(null, found)
  else done(null, found[0].address, found[0].family)
}
const told = ({ code, syscall, errno, address, port, message }) => ({ code, syscall, errno, address, port, message })

/** What Node's own client fails with. */
const nodes = (url, options) => rejection(exchange(url, { agent: new http.Agent(), ...options }))

/** A server at an address of its own. */
async function serverAt (address) {
  const server = http.createServer((request, reply) => reply.end(address)).listen(0, address)
  await once(server, 'listening')
  left.push(() => new Promise(resolve => { server.close(resolve); server.closeAllConnections() }))
  return server.address().port
}

const hasIPv6 = Object.values(require('node:os').networkInterfaces()).flat().some(({ address }) => address === '::1')
const withIPv6 = hasIPv6 ? test : test.skip

describe.each(Object.entries(WAYS))('for %s,', (_, send) => {
  test('a name at none of whose addresses anybody answers fails with the failure of each, as with Node', async () => {
    const port = await closedPort()
    const lookup = looked('127.0.0.1', '127.0.0.2', '127.0.0.3')
    const url = `http://many.test:${port}/`
    const [ours, theirs] = [await failure(send(open({ lookup }), url)), await nodes(url, { lookup })]
    expect(ours.errors.map(told)).toEqual(theirs.errors.map(told))
    expect([ours.code, ours.phase, ours.origin]).toEqual([theirs.code, 'connect', `http://many.test:${port}`])
    expect(ours.cause).toBeInstanceOf(AggregateError)
    expect(ours.cause.errors).toBe(ours.errors)
  })

  test('one address alone fails by itself', async () => {
    const port = await closedPort()
    const lookup = looked('127.0.0.1')
    const error = await failure(send(open({ lookup }), `http://one.test:${port}/`))
    expect([error.code, error.address, error.errors]).toEqual(['ECONNREFUSED', '127.0.0.1', undefined])
  })

  test('the address that answers serves, though others refuse', async () => {
    const port = await serverAt('127.0.0.5')
    expect(await send(open({ lookup: looked('127.0.0.1', '127.0.0.5') }), `http://many.test:${port}/`)).toBe('127.0.0.5')
  })

  withIPv6('both families of a name are tried, and one alone where family says so', async () => {
    const port = await serverAt('::1')
    const lookup = looked('127.0.0.1', '::1')
    const url = `http://both.test:${port}/`
    expect(await send(open({ lookup }), url)).toBe('::1')
    expect(await failure(send(open({ lookup: looked('127.0.0.1'), family: 4 }), url))).toMatchObject({ code: 'ECONNREFUSED', address: '127.0.0.1' })
  })

  withIPv6('a literal IPv6 address is dialled, whatever family says', async () => {
    const port = await serverAt('::1')
    expect(await send(open({ family: 4 }), `http://[::1]:${port}/`)).toBe('::1')
  })

  withIPv6('an address that lookup gives may have a zone', async () => {
    const port = await serverAt('::1')
    expect(await send(open({ lookup: looked('::1%1') }), `http://zoned.test:${port}/`)).toBe('::1')
  })
})

test.each(['http://[fe80::1%25lo]:80/', 'http://[fe80::1%lo]:80/'])('%s is no URL, as everywhere', async url => {
  expect(URL.canParse(url)).toBe(false)
  expect(await rejection(open().request(url))).toMatchObject({ code: 'ERR_INVALID_URL' })
  expect((await rejection(open().fetch(url))).message).toBe((await rejection(fetch(url))).message)
})

const onLinux = process.platform === 'linux' && hasIPv6 ? test : test.skip

onLinux.each(['fe80::1%lo', 'fe80::1%nowhere', 'fe80::1', '::1%lo'])('the address %s of an agent\'s request fails as with Node, and asks no lookup', async host => {
  const port = await closedPort()
  const lookup = jest.fn()
  const attempt = async agent => (await once(http.get({ host, port, agent, lookup }), 'error', { signal: AbortSignal.timeout(5_000) }).catch(error => [error]))[0]
  const [ours, theirs] = [await attempt(open().getHttpAgent()), await attempt(new http.Agent())]
  expect(theirs.syscall).toBe('connect')
  expect([ours.code, ours.syscall, ours.port]).toEqual([theirs.code, theirs.syscall, theirs.port])
  expect(lookup).not.toHaveBeenCalled()
})

test('a name that nobody has is told of as Node tells it', async () => {
  const name = `${'a'.repeat(64)}.test`
  const ours = await rejection(open().request(`http://${name}/`))
  expect(ours).toMatchObject({ code: 'ENOTFOUND', syscall: 'getaddrinfo', hostname: name, phase: 'dns', message: `getaddrinfo ENOTFOUND ${name}` })
})

test('an agent that has been to more origins than are remembered goes on asking the pool\'s lookup', async () => {
  const port = await serverAt('127.0.0.1')
  const agent = open({ lookup: looked('127.0.0.1'), maxSockets: 100, maxFreeSockets: 0 }).getHttpAgent()
  const visit = async number => String((await exchange(`http://n${number}.test:${port}/`, { agent })).body)
  for (let from = 0; from < 1_050; from += 50) await Promise.all(Array.from({ length: 50 }, (_, at) => visit(from + at)))
  expect(await visit('last')).toBe('127.0.0.1')
})
