'use strict'

const diagnostics = require('node:diagnostics_channel')
const { rejection, until } = require('../support/awaiting')
const { open } = require('../support/pools')
const { closedPort, httpServer } = require('../support/servers')

const NAMES = ['undici:request:create', 'undici:client:sendHeaders', 'undici:request:bodySent', 'undici:request:headers', 'undici:request:trailers', 'undici:request:error']

/** @type {Array<() => void>} */
const left = []
afterEach(() => { for (const leave of left.splice(0)) leave() })

/**
 * @param {string} name
 * @param {(message: any) => void} listener
 */
function watch (name, listener) {
  diagnostics.subscribe(name, listener)
  left.push(() => diagnostics.unsubscribe(name, listener))
}

/** What is told of the calls from here on. */
function told () {
  /** @type {Array<[string, any]>} */
  const all = []
  for (const name of NAMES) watch(name, message => { all.push([name, message]) })
  return all
}

const ok = () => httpServer((request, reply) => { request.resume().on('end', () => reply.writeHead(201, { 'x-own': '1' }).end('x')) })

test("fetch tells of a call what the platform's fetch tells, in its order", async () => {
  const { url } = await ok()
  const pool = open()
  const outcomes = []
  for (const fetch of [globalThis.fetch, pool.fetch.bind(pool)]) {
    const all = told()
    await (await fetch(`${url}/a?b=c`, { method: 'POST', body: 'body', headers: { 'x-asked': '2' } })).text()
    await until(() => all.some(([name]) => name === 'undici:request:trailers'))
    left.splice(0).forEach(leave => leave())
    const [, { request }] = all[0]
    const [, { response }] = all.find(([name]) => name === 'undici:request:headers')
    outcomes.push({
      names: all.map(([name]) => name),
      request: { method: request.method, path: request.path, origin: request.origin, completed: request.completed },
      statusCode: response.statusCode,
      own: response.headers.map(String).includes('x-own')
    })
  }
  expect(outcomes[1]).toEqual(outcomes[0])
})

test('a header that a watcher adds is sent', async () => {
  const { url } = await httpServer((request, reply) => { reply.end(request.headers.traceparent) })
  watch('undici:request:create', ({ request }) => request.addHeader('traceparent', '00-1'))
  expect(await (await open().fetch(url)).text()).toBe('00-1')
})

test('a failure is told with the error that the caller gets', async () => {
  const all = told()
  const error = await rejection(open().request(`http://127.0.0.1:${await closedPort()}`))
  expect(all.at(-1)).toEqual(['undici:request:error', expect.objectContaining({ error })])
})
