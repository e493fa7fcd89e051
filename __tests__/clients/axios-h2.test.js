'use strict'

const axios = require('axios')
const { addAxiosPoolingInterceptor } = require('../..')
const { Workshop } = require('../support/certificates')
const { open } = require('../support/pools')
const { http2Server } = require('../support/servers')

const workshop = new Workshop()
const { cert, key } = workshop.issue('localhost')

/** A pooled instance before a server that chooses HTTP/2 and tells by what it was asked; its path is the status. */
async function pooled () {
  const { url } = await http2Server({ cert, key, allowHTTP1: true }, (request, reply) => {
    reply.statusCode = Number(request.url.slice(1))
    reply.end(JSON.stringify({ by: request.httpVersion }))
  })
  return addAxiosPoolingInterceptor(axios.create({ baseURL: url, validateStatus: null }), open({ tls: { ca: workshop.root.cert } }))
}

describe('over HTTP/2', () => {
  test.each([[200, 'OK'], [404, 'Not Found'], [599, '']])('the statusText of %d, which the protocol does not have, is the standard one: %p', async (status, phrase) => {
    expect(await (await pooled()).get(`/${status}`)).toMatchObject({ status, statusText: phrase, data: { by: '2.0' } })
  })

  test('a reply tells of no version, as it is not known', async () => {
    const { request: { res } } = await (await pooled()).get('/200')
    expect('httpVersion' in res).toBe(false)
  })

  test('a request that asks for a version goes by the agents', async () => {
    const { data, request: { res } } = await (await pooled()).get('/200', /** @type {any} */ ({ httpVersion: 1 }))
    expect([data.by, res.httpVersion]).toEqual(['1.1', '1.1'])
  })
})
