'use strict'

// NO_PROXY means what curl takes it to mean, asked of curl itself.

const { execFile } = require('node:child_process')
const { promisify } = require('node:util')
const { exemptions } = require('../../lib/proxy/no-proxy')
const { describeWith } = require('../support/programs')
const { httpServer } = require('../support/servers')

// Not among them: ports, which curl does not know, and networks of IPv6, which it means to know and in some versions does not.
const CASES = [
  ['example.com', 'notexample.com example.com www.example.com example.com.test EXAMPLE.com example.com.'],
  ['.example.com', 'notexample.com example.com www.example.com'],
  ['Example.COM.', 'example.com'],
  ['a.test,b.test', 'a.test b.test c.test'],
  ['a.test b.test\t, c.test,,', 'a.test b.test c.test d.test'],
  ['a.test;b.test', 'a.test b.test'],
  ['localhost', 'localhost 127.0.0.1 a.localhost'],
  ['com', 'a.com com.test'],
  ['10.0.0.0/8', '10.255.255.255 11.0.0.1 10.test'],
  ['192.168.1.128/25', '192.168.1.127 192.168.1.128'],
  ['127.0.0.1', '127.0.0.1 127.0.0.2'],
  ['10.0.0.0/33', '10.0.0.1'],
  ['10.0.0.0/0', '10.0.0.0 10.0.0.1 192.168.1.1'],
  ['0.0.0.0/0', '10.0.0.1'],
  ['10.0.0.0/', '10.0.0.0 10.0.0.1'],
  ['10.0.0.0/x', '10.0.0.0 10.0.0.1'],
  ['10.0.0.0/8x', '10.0.0.0 10.0.0.1 11.0.0.1'],
  ['10.0.0.0/-8', '10.0.0.0 10.0.0.1'],
  ['10.0.0.0/8.5', '10.0.0.1 11.0.0.1'],
  ['10.0.0.0/0x8', '10.0.0.0 10.0.0.1'],
  ['::/0', '[::1] [fd00::1]'],
  ['fd00::/129', '[fd00::] [fd00::1]'],
  ['::1', '[::1] [::2]'],
  ['*', 'a.test 127.0.0.1 [::1]'],
  [' * ', 'a.test 127.0.0.1'],
  ['* ', 'a.test'],
  ['*,', 'a.test'],
  ['*,a.test', 'a.test b.test'],
  ['*.a.test', 'x.a.test a.test']
]

describeWith('curl')('curl agrees', () => {
  test.each(CASES)('on NO_PROXY=%j for %s', async (text, hosts) => {
    const { port } = await httpServer((_, reply) => reply.end())
    const isExempt = exemptions(text)
    const all = hosts.split(' ')
    const byProxy = await Promise.all(all.map(host => goesByProxy(host, text, port)))
    expect(all.map((host, index) => [host, byProxy[index]])).toEqual(all.map(host => [host, !isExempt(host.replace(/^\[|\]$/g, ''), 80)]))
  })
})

/** Whether curl goes to the proxy; else it finds nobody at a loopback address of no server. */
async function goesByProxy (host, text, port) {
  const args = ['-s', '-o', '/dev/null', '-w', '%{remote_port}', '--max-time', '10', '--resolve', '*:80:127.0.0.9', `http://${host}/`]
  const env = { PATH: process.env.PATH, http_proxy: `http://127.0.0.1:${port}`, no_proxy: text }
  const { stdout } = await promisify(execFile)('curl', args, { env }).catch(error => error)
  return stdout.trim() === String(port)
}
