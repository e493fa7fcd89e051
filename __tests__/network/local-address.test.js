'use strict'

// A local address that cannot be dialled from, and an address in a zone that cannot be reached: told of as Node tells of them.

const http = require('node:http')
const os = require('node:os')
const { once } = require('node:events')
const { rejection } = require('../support/awaiting')
const { open } = require('../support/pools')
const { closedPort } = require('../support/servers')

const hasV6 = Object.values(os.networkInterfaces()).flat().some(address => address.family === 'IPv6')
const told = ({ code, message, syscall, address, errno, port }) => ({ code, message, syscall, address, errno, port })

/** @param {any} options */
async function askNode (options) {
  const request = http.request({ agent: false, ...options }).end()
  return (await once(request, 'error'))[0]
}

test.each([
  ['of another machine', '127.0.0.1', '203.0.113.9'],
  ['of another machine, for IPv6', '::1', '2001:db8::1'],
  ['of the other family', '127.0.0.1', '::1'],
  ['of the other family, for IPv6', '::1', '127.0.0.1']
].filter(([, ...both]) => hasV6 || !both.join().includes(':')))('a local address %s is told of as Node does', async (_, host, localAddress) => {
  const port = await closedPort()
  const theirs = told(await askNode({ host, port, localAddress }))
  expect(theirs).toMatchObject({ syscall: 'bind', address: localAddress })
  const pool = open({ localAddress })
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`
  expect(told(await rejection(pool.request(url)))).toEqual(theirs)
  expect(told((await rejection(pool.fetch(url))).cause)).toEqual(theirs)
  expect(told(await askNode({ host, port, agent: pool.getHttpAgent() }))).toEqual(theirs)
  expect(told(await askNode({ host, port, localAddress, agent: open().getHttpAgent() }))).toEqual(theirs)
})

test('a local address that cannot be had is told of for each address of a name', async () => {
  const port = await closedPort()
  const lookup = (host, options, done) => done(null, ['127.0.0.1', '127.0.0.2'].map(address => ({ address, family: 4 })))
  const error = await rejection(open({ localAddress: '203.0.113.9', lookup }).request(`http://two.test:${port}`))
  expect(error.message).toBe('bind EADDRNOTAVAIL 203.0.113.9')
  expect(error.errors.map(({ message }) => message)).toEqual(Array(2).fill('bind EADDRNOTAVAIL 203.0.113.9'))
})

const onLoopback = process.platform === 'linux' && hasV6 ? test : test.skip
onLoopback('an address that cannot be reached in its zone is told of with it', async () => {
  const port = await closedPort()
  const host = 'fe80::1%lo'
  const { code, address, message } = await askNode({ host, port })
  // Node adds the local end of a socket that has none.
  const ours = await askNode({ host, port, agent: open().getHttpAgent() })
  expect(ours).toMatchObject({ code, address, port, syscall: 'connect', message: message.replace(/ - Local .*/, '') })
})
