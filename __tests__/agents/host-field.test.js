'use strict'

// A `Host` field that is no text: Node's agent names the server by it, and refuses what cannot be a name.

const http = require('node:http')
const https = require('node:https')
const { Workshop } = require('../support/certificates')
const { open } = require('../support/pools')
const { httpServer, httpsServer } = require('../support/servers')
const { exchange } = require('./exchange')

const server = new Workshop().issue('localhost')

/** What a request comes to: an error, or the fields that its server has. */
async function outcome (url, options) {
  try {
    return JSON.parse(String((await exchange(url, options)).body))
  } catch (error) {
    return [error.name, error.code, error.message]
  }
}

const hostsOf = (request, reply) => reply.end(JSON.stringify(request.rawHeaders.filter((_, at, all) => all[at - at % 2].toLowerCase() === 'host')))

const FIELDS = [
  ['no value', { host: [] }], ['one value in a list', { host: ['a.test'] }], ['two values', { Host: ['a.test', 'b.test'] }], ['a number', { host: 5 }],
  ['an object', { host: { toString: () => 'a.test' } }], ['nothing', { host: '' }], ['zero', { host: 0 }], ['a text', { host: 'a.test' }], ['a list of fields', ['host', 'a.test']]
]

describe.each(['http', 'https'])('over %s', scheme => {
  /** By Node's agent and by the pool's. */
  async function both (options) {
    const { url } = scheme === 'http' ? await httpServer(hostsOf) : await httpsServer({ ...server, requireHostHeader: false }, hostsOf)
    const pool = open()
    const agents = scheme === 'http' ? [new http.Agent(), pool.getHttpAgent()] : [new https.Agent(), pool.getHttpsAgent()]
    return Promise.all(agents.map(agent => outcome(url, { agent, rejectUnauthorized: false, ...options })))
  }

  test.each(FIELDS)('%s as Host comes to what it comes to with Node\'s agent', async (_, headers) => {
    const [node, ours] = await both({ headers })
    expect(ours).toEqual(node)
  })

  test.each([[[]], [['a.test', 'b.test']]])('%j is refused as the request is made', host => {
    const { get } = scheme === 'http' ? http : https
    const agent = scheme === 'http' ? open().getHttpAgent() : open().getHttpsAgent()
    expect(() => get(`${scheme}://localhost:1`, { agent, headers: { host } })).toThrow(expect.objectContaining({
      name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE', message: 'The "options.headers.host" property must be of type string. Received an instance of Array'
    }))
  })

  test('where TLS is told the server\'s name, Node\'s agent does not ask the field, nor does the pool\'s', async () => {
    const [node, ours] = await both({ headers: { host: ['localhost'] }, servername: 'localhost' })
    expect(ours).toEqual(node)
    expect(ours).toEqual(['host', 'localhost'])
  })
})
