'use strict'

// A secret in every place that may hold one, through success and every kind of failure; then all that the package said
// about it is searched. What undici's own channels carry is theirs, and left out.

const { inspect } = require('node:util')
const { createPooledHttpClient } = require('../..')
const { rejection } = require('../support/awaiting')
const { Workshop } = require('../support/certificates')
const { runChild } = require('../support/child')
const { open } = require('../support/pools')
const { closedPort, httpServer, httpsServer, serve, tcpServer } = require('../support/servers')
const { scriptedProxy } = require('../proxy/scripted-proxy')

const faulty = serve('fault-server')
const workshop = new Workshop()
const identity = workshop.issue('localhost')

/** Each in no other's letters, so that a leak tells its place. */
const CANARIES = {
  header: 'canary-header-7f3a',
  cookie: 'canary-cookie-91bc',
  query: 'canary-query-52de',
  path: 'canary-path-1de9',
  body: 'canary-body-c04f',
  user: 'canary-user-aa17',
  password: 'canary-password-6b2e',
  proxyUser: 'canary-proxyuser-3c9d',
  proxyPassword: 'canary-proxypassword-d81a',
  passphrase: 'canary-passphrase-40fe',
  replyHeader: 'canary-replyheader-77aa',
  replyBody: 'canary-replybody-88bb'
}
const ENCODED = [`${CANARIES.user}:${CANARIES.password}`, `${CANARIES.proxyUser}:${CANARIES.proxyPassword}`].map(pair => Buffer.from(pair).toString('base64').replace(/=+$/, ''))

/** What a child does with a pool; all that it tells goes to its own stdout, what the package prints to stderr. */
const SCRIPT = `
  const { once } = require('node:events')
  const { inspect } = require('node:util')
  const http = require('node:http')
  const { createPooledHttpClient } = require('.')
  const said = []
  const show = value => said.push(inspect(value, { depth: 12, showHidden: true, getters: false }), JSON.stringify(value, (_, v) => typeof v === 'bigint' ? String(v) : v) ?? '', String(value), String(value?.stack), String(value?.cause?.stack))
  process.on('warning', show)
  const { urls, options, canaries: c, names } = JSON.parse(process.argv[1])
  const pool = new ConnectionPoolManager({ ...options, maxSocketsPerHost: 1, queueTimeout: 150, maxQueued: 5, headersTimeout: 300, bodyTimeout: 300, metricsInterval: 50 })
  for (const name of names) pool.on(name, facts => name !== 'agents_initialized' && show(facts))
  const headers = { authorization: c.header, 'x-api-key': c.header, cookie: c.cookie }
  const ways = {
    request: (url, init) => pool.request(url, init).then(({ body }) => body.text()),
    fetch: (url, init) => pool.fetch(url.replace(/\\/\\/[^/]*@/, '//'), init).then(reply => reply.text()),
    'fetch with credentials': (url, init) => pool.fetch(url, init).then(reply => reply.text()),
    client: (url, { body, method, ...init }) => createPooledHttpClient({}, pool).request({ url, method, data: body, ...init }),
    agent: (url, { body, ...init }) => new Promise((resolve, reject) => {
      const agent = pool.getAgentForUrl(url)
      const request = require(url.startsWith('https') ? 'node:https' : 'node:http').request(url, { ...init, agent }, reply => {
        reply.on('error', reject).on('end', resolve).resume()
      })
      request.on('error', reject).setTimeout(400, () => request.destroy(new Error('waited for too long'))).end(body)
    })
  }
  for (const url of urls) {
    for (const [name, way] of Object.entries(ways)) {
      await way(url, { method: 'POST', headers, body: c.body }).then(() => {}, error => { said.push(name + ' ' + error.code); show(error); show(error.cause) })
    }
    await Promise.all(Array.from({ length: 8 }, () => ways.request(url, { method: 'POST', headers, body: c.body }).catch(show)))
    await pool.request(url, { method: 'POST', headers, body: c.body, signal: AbortSignal.timeout(5) }).then(({ body }) => body.text()).catch(show)
  }
  const attempt = async call => { try { await call() } catch (error) { show(error); show(error.cause) } }
  const pair = c.user + ':' + c.password
  for (const bad of ['http://' + pair + '@/', 'ftp://' + pair + '@a.test/?' + c.query, 'http://' + c.user + ':%zz' + c.password + '@a.test/', '//' + pair + '@a.test', 'http://' + pair,
    'http://' + pair + '/@a.test/', 'http://' + pair + '?@a.test/', 'http://' + c.user + ':@' + c.password + '@a.test:x/', pair + '@a.test', 'http://[a?' + c.query, '/?' + c.query + '@']) {
    await attempt(() => pool.request(bad))
    await attempt(() => pool.fetch(bad))
    await attempt(() => pool.fetch(urls[0].replace(/\\/\\/[^/]*@/, '//'), { referrer: bad }))
    await attempt(() => pool.preconnect(bad))
    await attempt(() => createPooledHttpClient({}, pool).get(bad))
    await attempt(() => createPooledHttpClient({ baseURL: bad }, pool).get('/'))
    await attempt(() => pool.getAgentForUrl(bad))
  }
  const line = 'authorization: ' + c.header
  for (const bad of [{ 'x-a': c.header + '\\n' }, { 'x-a': { secret: c.header } }, { [line]: '' }, [line, ''], [[line, '']], new Map([[line, '']]), [c.header + '=', 'authorization'], line, [c.header], Symbol(c.header)]) {
    await attempt(() => pool.request(urls[0], { headers: bad }))
    await attempt(() => pool.fetch(urls[0].replace(/\\/\\/[^/]*@/, '//'), { headers: bad }))
    await attempt(() => createPooledHttpClient({}, pool).get(urls[0], { headers: bad }))
  }
  await attempt(() => pool.request(urls[0], c.query))
  await attempt(() => pool.request('http://a.test', { query: c.query }))
  await attempt(() => createPooledHttpClient({}, pool).get('http://a.test', { params: c.query }))
  for (const perHostPools of [pair, { a: pair }, { a: { hosts: pair } }, { a: { hosts: [pair] } }, { a: { hosts: [pair + '@a.test'] } }, { a: { hosts: ['a.test?' + c.query] } }, { ['https://' + pair + '@a.test']: {} },
    { ['https://' + pair + '@a.test']: { hosts: ['a.test'], maxSocketsPerHost: 0 } }, { ['a.test?' + c.query]: 1 }])
    await attempt(() => new ConnectionPoolManager({ perHostPools }))
  for (const proxy of ['http://' + c.proxyUser + ':' + c.proxyPassword + '@', 'gopher://' + c.proxyUser + ':' + c.proxyPassword + '@a', c.proxyUser + ':' + c.proxyPassword, 'http://a.test/?' + c.query])
    await attempt(() => new ConnectionPoolManager({ proxy }))
  await attempt(() => new ConnectionPoolManager({ tls: c.passphrase }))
  try { new ConnectionPoolManager({ tls: { key: c.passphrase, cert: 'x', passphrase: c.passphrase } }) } catch (error) { show(error) }
  try { new ConnectionPoolManager({ tls: { ...options.tls, passphrase: c.passphrase + 'x', key: options.encrypted } }) } catch (error) { show(error) }
  show(pool.getMetrics()); show(pool.getStatus()); show(pool.getReport())
  // The pool's own timer holds no process.
  const alive = setInterval(() => {}, 1000)
  await once(pool, 'metrics_collected')
  clearInterval(alive)
  const last = pool.request(urls[0], { method: 'POST', headers, body: c.body }).catch(show)
  pool.destroy()
  await last
  await pool.request(urls[0], { headers }).catch(show)
  console.log(said.join('\\n'))`

const EVENTS = ['connection_created', 'connection_freed', 'connection_removed', 'request_completed', 'request_error', 'pool_exhausted', 'high_utilization', 'high_error_rate', 'metrics_collected', 'metrics_reset', 'destroyed']

/** @param {string[]} urls @param {object} options */
async function told (urls, options) {
  const given = JSON.stringify({ urls, options, canaries: CANARIES, names: EVENTS })
  const script = `process.argv[1] = ${JSON.stringify(given)};process.env.RAG_POOL_DEBUG = '1';${SCRIPT}`
  const { code, stdout, stderr } = await runChild(script)
  return { code, text: stdout + stderr, lines: stderr }
}

/** Where of all that was told a secret stands. */
function leaks (text) {
  const secrets = [...Object.entries(CANARIES), ...ENCODED.map((pair, at) => [`encoded ${at}`, pair])]
  return secrets.flatMap(([place, secret]) => {
    const at = text.indexOf(secret)
    return at < 0 ? [] : [`${place}: ${text.slice(Math.max(0, at - 150), at + 60)}`]
  })
}

const userinfo = `${CANARIES.user}:${CANARIES.password}@`
const whole = base => `${base.replace('//', `//${userinfo}`)}?key=${CANARIES.query}`

/** A server that says secrets of its own, and breaks off. */
const talkative = () => tcpServer(socket => socket.on('data', () => {
  socket.end(`HTTP/1.1 200 ${CANARIES.replyHeader}\r\nSet-Cookie: ${CANARIES.replyHeader}\r\nContent-Length: 500\r\n\r\n${CANARIES.replyBody}`)
}))
const garbled = () => tcpServer(socket => socket.on('data', () => socket.end(`${CANARIES.replyBody} ${CANARIES.replyHeader}\r\n\r\n`)))

test('no secret is told of, whatever happens in clear', async () => {
  const { url: breaks } = await talkative()
  const { url: garbage } = await garbled()
  const urls = [breaks, garbage, `http://127.0.0.1:${await closedPort()}`, 'http://no-such-host.invalid', faulty.url('/reset-before-head'), faulty.url('/stall-before-head')]
  const { code, text, lines } = await told(urls.map(url => whole(url.endsWith('/') || url.lastIndexOf('/') > 8 ? url : `${url}/${CANARIES.path}`)), {})
  expect([code, leaks(text)]).toEqual([0, []])
  expect(lines).toMatch(/request_error/)
}, 60_000)

test('no secret is told of over TLS and by a proxy', async () => {
  const { url } = await httpsServer(identity, (request, reply) => { request.resume(); reply.writeHead(200, { 'set-cookie': CANARIES.replyHeader }).end(CANARIES.replyBody) })
  const encrypted = workshop.locked(identity, CANARIES.passphrase)
  const proxied = await scriptedProxy({ credentials: `${CANARIES.proxyUser}:${CANARIES.proxyPassword}` })
  const refusing = await scriptedProxy({ credentials: 'others:only' })
  const tls = { ca: workshop.root.cert, cert: identity.cert, key: encrypted, passphrase: CANARIES.passphrase }
  for (const { port } of [proxied, refusing]) {
    const proxy = `http://${CANARIES.proxyUser}:${CANARIES.proxyPassword}@127.0.0.1:${port}`
    const { code, text } = await told([`${url}/${CANARIES.path}`, 'https://no-such-host.invalid/'].map(whole), { proxy, tls, encrypted })
    expect([code, leaks(text)]).toEqual([0, []])
  }
  expect(proxied.asked.length).toBeGreaterThan(0)
  // A server whose name is another, and one that nobody vouches for.
  for (const others of [{ ...tls, servername: 'other.test' }, { ...tls, ca: undefined }]) {
    const { code, text } = await told([whole(`${url}/${CANARIES.path}`)], { tls: others, encrypted })
    expect([code, leaks(text)]).toEqual([0, []])
  }
}, 60_000)

test.each(['http://[x', `http://[x?${CANARIES.replyHeader}`, `//${CANARIES.replyHeader}:x`])('a redirect to %j, which is no URL, tells neither of where it came from nor of where it leads', async location => {
  const { url } = await httpServer((_, reply) => reply.writeHead(302, { location }).end())
  const pool = open()
  const ways = {
    fetch: to => pool.fetch(to),
    client: to => createPooledHttpClient({}, pool).request({ url: to, method: 'GET' })
  }
  for (const [name, way] of Object.entries(ways)) {
    const error = await rejection(way(`${url}/${CANARIES.path}?key=${CANARIES.query}`))
    const text = [error, error.cause].flatMap(one => [inspect(one, { depth: 12, showHidden: true }), JSON.stringify(one) ?? '', String(one), String(one?.message), String(one?.stack)]).join('\n')
    expect([name, leaks(text), text.includes('http://[x')]).toEqual([name, [], false])
    expect(error.cause ?? error).toMatchObject({ code: 'ERR_INVALID_URL', message: `${url} redirected to what is no URL` })
  }
})

test('a search finds what is there', () => {
  expect(leaks(`x ${CANARIES.body} y`)).toHaveLength(1)
  expect(leaks(`x ${ENCODED[0]} y`)).toHaveLength(1)
})
