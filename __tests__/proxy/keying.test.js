'use strict'

// Whatever pools, hosts, proxies, credentials and ways in there are: each request leaves by the proxy that is its own, in the name
// that is its own, and over no connection that another proxy or name has opened.

const http = require('node:http')
const net = require('node:net')
const { exchange } = require('../agents/exchange')
const { Workshop } = require('../support/certificates')
const { open } = require('../support/pools')
const { httpServer, httpsServer } = require('../support/servers')

const workshop = new Workshop()
const certificate = workshop.issue('localhost', { extensions: 'subjectAltName=DNS:localhost,IP:127.0.0.1' })
const STRAIGHT = 'straight'
const HOSTS = ['127.0.0.1', 'localhost']
const USERS = [null, 'a:1', 'a:2', 'b:1']
const REQUESTS = 200

/** The same numbers for the same seed. @param {number} seed */
function dice (seed) {
  let state = seed
  return (/** @type {number} */ sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor(state / 2 ** 32 * sides)
  }
}

/** By whom a connection to an origin was opened, by the ports that it joins. @type {Map<string, string>} */
const opened = new Map()

/**
 * A proxy that writes down in whose name each connection of it is opened.
 * @param {string} name
 * @param {(listener: any) => Promise<{ server: import('node:net').Server, port: number }>} stands
 */
async function recordingProxy (name, stands) {
  const label = (/** @type {http.IncomingMessage} */ { headers }) => {
    const field = headers['proxy-authorization']
    return `${name} ${field === undefined ? null : Buffer.from(field.replace('Basic ', ''), 'base64')}`
  }
  /** Who has opened a connection that requests in absolute form come over. @type {WeakMap<object, string>} */
  const firsts = new WeakMap()
  const { server, port } = await stands((request, reply) => {
    const by = label(request)
    const first = firsts.get(request.socket) ?? by
    firsts.set(request.socket, first)
    const url = new URL(request.url)
    const { 'proxy-authorization': _, ...headers } = request.headers
    const onward = http.request({ host: '127.0.0.1', port: url.port, path: url.pathname, headers: { ...headers, 'x-by': first === by ? by : `${by} over ${first}` } }, answer => {
      reply.writeHead(answer.statusCode ?? 0, answer.headers)
      answer.pipe(reply)
    })
    onward.end()
  })
  server.on('connect', (request, socket) => {
    const to = Number(new URL(`http://${request.url}`).port)
    const onward = net.connect(to, '127.0.0.1', () => {
      const joins = `${onward.localPort} ${to}`
      opened.set(joins, label(request))
      onward.on('close', () => opened.delete(joins))
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      onward.pipe(socket).pipe(onward)
    })
    for (const [end, other] of [[socket, onward], [onward, socket]]) end.on('error', () => {}).on('close', () => other.destroy())
  })
  return { name, port }
}

async function proxies () {
  const all = []
  for (const name of ['p1', 'p2', 'p3']) all.push({ ...await recordingProxy(name, httpServer), scheme: 'http' })
  all.push({ ...await recordingProxy('p4', listener => httpsServer(certificate, listener)), scheme: 'https' })
  return all
}

/** Origins in clear and under TLS, which tell by whom they were reached. */
async function origins () {
  const told = (/** @type {http.IncomingMessage} */ request, /** @type {http.ServerResponse} */ reply) => {
    reply.end(String(request.headers['x-by'] ?? opened.get(`${request.socket.remotePort} ${request.socket.localPort}`) ?? STRAIGHT))
  }
  const all = []
  for (let n = 0; n < 3; n++) {
    all.push({ scheme: 'http', port: (await httpServer(told)).port })
    all.push({ scheme: 'https', port: (await httpsServer(certificate, told)).port })
  }
  return all
}

/**
 * A pool with a proxy, or none, and others for some of the origins; and by whom each of those is to be reached.
 * @param {(sides: number) => number} roll
 * @param {Awaited<ReturnType<typeof proxies>>} known
 * @param {Awaited<ReturnType<typeof origins>>} targets
 */
function poolOf (roll, known, targets) {
  const some = () => {
    const { name, port, scheme } = known[roll(known.length)]
    const user = USERS[roll(USERS.length)]
    return { proxy: `${scheme}://${user === null ? '' : `${user}@`}localhost:${port}`, by: `${name} ${user}` }
  }
  const none = { proxy: null, by: STRAIGHT }
  const base = roll(4) === 0 ? none : some()
  const perHostPools = {}
  const expected = new Map()
  for (const { port } of targets) {
    for (const host of HOSTS) {
      const own = [null, null, none, some()][roll(4)]
      expected.set(`${host}:${port}`, (own ?? base).by)
      if (own !== null) perHostPools[`n${expected.size}`] = { hosts: [`${host}:${port}`], proxy: own.proxy }
    }
  }
  const pool = open({ proxy: base.proxy, perHostPools, tls: { ca: workshop.root.cert }, maxSockets: 20, maxSocketsPerHost: 3, connectTimeout: 0 })
  return { pool, expected }
}

/** @type {Array<(pool: any, url: string) => Promise<string>>} */
const WAYS = [
  async (pool, url) => (await pool.request(url)).body.text(),
  async (pool, url) => (await pool.fetch(url)).text(),
  async (pool, url) => String((await exchange(url, { agent: pool.getAgentForUrl(url) })).body)
]

test.each([1, 2, 3])('no request leaves by another proxy than its own, or in another name (seed %d)', async seed => {
  const roll = dice(seed)
  const [known, targets] = [await proxies(), await origins()]
  const pools = Array.from({ length: 5 }, () => poolOf(roll, known, targets))
  const asked = Array.from({ length: REQUESTS }, async () => {
    const { pool, expected } = pools[roll(pools.length)]
    const { scheme, port } = targets[roll(targets.length)]
    const host = HOSTS[roll(HOSTS.length)]
    const spelt = roll(2) === 0 ? host : host.toUpperCase()
    const way = WAYS[roll(WAYS.length)]
    return { by: await way(pool, `${scheme}://${spelt}:${port}/`), expected: expected.get(`${host}:${port}`) }
  })
  const seen = await Promise.all(asked)
  expect(seen.filter(({ by, expected }) => by !== expected)).toEqual([])
  // Enough of each was asked for, over connections that others have used before.
  expect(new Set(seen.map(({ by }) => by)).size).toBeGreaterThan(6)
  expect(pools.reduce((sum, { pool }) => sum + pool.getMetrics().cachedConnections, 0)).toBeGreaterThan(REQUESTS / 4)
})

test('fetch takes each step of a redirect by the proxy of where it leads', async () => {
  const known = await proxies()
  const [first, , second] = await origins()
  const there = await httpServer((request, reply) => reply.writeHead(302, { location: `http://localhost:${second.port}/` }).end())
  const pool = open({
    proxy: `http://a:1@localhost:${known[0].port}`,
    perHostPools: { second: { hosts: [`localhost:${second.port}`], proxy: `http://b:1@localhost:${known[1].port}` } }
  })
  expect(await (await pool.fetch(`http://127.0.0.1:${first.port}/`)).text()).toBe('p1 a:1')
  expect(await (await pool.fetch(`${there.url}/`)).text()).toBe('p2 b:1')
})
