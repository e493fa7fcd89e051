'use strict'

// `npm run race`, shorter: requests on connections that are always about to be closed, held against the server's log.

const { raced, KINDS } = require('../../benchmarks/race/raced')
const { serve } = require('../support/servers')

const server = serve('fault-server')
const REQUESTS = 4000
const OURS = ['rag-connection-pool', 'fetch, pooled', 'http.Agent, pooled']

afterAll(() => server.post('/mode', { closeIdleWithinMs: null }).catch(() => {}))

describe.each(/** @type {const} */ (['fin', 'reset']))('connections that are closed by %s', by => {
  test.each(OURS.flatMap(name => /** @type {Array<[string, 'get' | 'keyed']>} */ ([[name, 'get'], [name, 'keyed']])))('fail nothing that may be sent again: %s, %s', async (name, kind) => {
    const { failed, strays, log, closedByServer } = await raced(server, name, KINDS[kind], REQUESTS, by)
    expect({ failed, strays, log }).toEqual({ failed: 0, strays: 0, log: { ids: REQUESTS, read: REQUESTS, answered: REQUESTS, idsReadTwice: 0, idsAnsweredTwice: 0, idsNeverAnswered: 0 } })
    expect(closedByServer).toBeGreaterThan(REQUESTS / 100)
  }, 120_000)

  test.each(OURS)('have no POST without a key read twice: %s', async name => {
    const { failed, errors, strays, log } = await raced(server, name, KINDS.post, REQUESTS, by)
    expect(Object.keys(errors)).toEqual(failed > 0 ? ['ECONNRESET'] : [])
    expect([strays, log.idsReadTwice, log.idsAnsweredTwice, log.answered]).toEqual([0, 0, 0, REQUESTS - failed])
  }, 120_000)
})
