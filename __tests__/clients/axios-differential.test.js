'use strict'

const http = require('node:http')
const axios = require('axios')
const { addAxiosPoolingInterceptor } = require('../..')
const { rejection } = require('../support/awaiting')
const { open } = require('../support/pools')
const { closedPort, left, serve } = require('../support/servers')
const cases = require('./axios-cases')
const { axiosServer } = require('./axios-server')

/**
 * What may differ, and why; each takes it out of an outcome before the two are compared.
 * @type {Array<[why: string, leaveOut: (outcome: any) => void]>}
 */
const ALLOWED = [
  ['HTTP/1.1 keeps a connection unless it is told otherwise, so that the engine does not say keep-alive', ({ seen }) => {
    for (const { headers } of seen.flat()) delete headers.connection
  }],
  ["an error that axios passes on has its cause's name, and the cause is the pool's error", outcome => {
    if (outcome.name === 'PoolError') outcome.name = 'Error'
  }],
  ["what is no HTTP is told with Node's code, in the words of another parser", outcome => {
    if (outcome.code?.startsWith('HPE_')) outcome.message = outcome.message.replace(/(?<=^Parse Error: Expected HTTP\/).*/, '')
  }],
  ['time passes', outcome => {
    for (const { headers } of [outcome, outcome.response ?? {}]) delete headers?.date
  }]
]

async function places () {
  const [one, two] = [await axiosServer(), await axiosServer()]
  return { servers: [one, two], url: one.url, other: two.url, closed: `http://127.0.0.1:${await closedPort()}` }
}

function plain (baseURL) {
  const httpAgent = new http.Agent({ keepAlive: true })
  left.push(() => httpAgent.destroy())
  return axios.create({ baseURL, httpAgent })
}

async function outcome (client, given, { servers, ...rest }) {
  const { play, by, ...config } = typeof given === 'function' ? given(rest) : given
  for (const { seen } of servers) seen.length = 0
  const result = await (play === undefined ? client.request(config) : play({ client, config, arrived: () => servers.some(({ seen }) => seen.length > 0) })).then(told, failure)
  return { ...result, seen: servers.map(({ seen }) => seen.map(one => ({ ...one }))) }
}

async function told ({ status, statusText, headers, data, request, config }) {
  return {
    status,
    statusText,
    headers: { ...headers.toJSON?.() ?? headers },
    data: Buffer.isBuffer(data) ? data.toString('hex') : typeof data?.toArray === 'function' ? String(Buffer.concat(await data.toArray())) : data,
    request: request && { method: request.method, path: request.path, url: request.res?.responseUrl, status: request.res?.statusCode },
    config: config && Object.keys(config).filter(key => !/^https?Agent$/.test(key)).sort()
  }
}

async function failure (error) {
  const { name, message, code, status, response, config, request, cause } = error
  return {
    isAxiosError: axios.isAxiosError(error),
    isClass: error instanceof axios.AxiosError,
    isCancel: axios.isCancel(error),
    name,
    message,
    code,
    status,
    hasRequest: request !== undefined,
    cause: cause?.code ?? cause?.name,
    response: response && await told(response),
    config: config && Object.keys(config).filter(key => !/^https?Agent$/.test(key)).sort(),
    json: Object.keys(error.toJSON?.() ?? {})
  }
}

describe.each(Object.entries(cases))('%s:', (of, group) => {
  test.each(Object.entries(group))('%s', async (_, given) => {
    const all = await places()
    const pool = open()
    const asked = jest.spyOn(pool.getHttpAgent(), 'addRequest')
    const theirs = await outcome(plain(all.url), given, all)
    const ours = await outcome(addAxiosPoolingInterceptor(axios.create({ baseURL: all.url }), pool), given, all)
    for (const [, leaveOut] of ALLOWED) [theirs, ours].forEach(leaveOut)
    expect(ours).toEqual(theirs)
    expect(asked.mock.calls.length > 0).toBe(of === 'agents' || given.by === 'agents')
  })
})

describe('over TLS:', () => {
  const server = serve('bench-server')

  test('a certificate that nobody vouches for is refused with the same code', async () => {
    const config = { url: server.secure('/json'), baseURL: '' }
    const theirs = await rejection(axios.create().request(config))
    const ours = await rejection(addAxiosPoolingInterceptor(axios.create(), open()).request(config))
    expect(theirs.code).toEqual(expect.any(String))
    expect(ours).toMatchObject({ code: theirs.code, isAxiosError: true })
  })

  test('a trusted one is taken', async () => {
    const client = addAxiosPoolingInterceptor(axios.create(), open({ tls: { ca: server.ca } }))
    expect((await client.get(server.secure('/json'))).status).toBe(200)
  })
})
