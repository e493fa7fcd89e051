'use strict'

// What the engine is watched at. Code that is not met here is taken for cold and made small instead of fast, so that each way in,
// each protocol and each content coding has its turn, in about the shares that applications give them.

const { Contender } = require('../../benchmarks/contender')
const { place, settingOf } = require('../../benchmarks/side-by-side')
const { launch } = require('../../__tests__/servers/launch')

const LARGE = 64 * 2 ** 20
const CODED = 2 ** 20
const ASKED = JSON.stringify({ model: 'text-embedding-3-small', input: 'Who looks after the cat?' })

/** @typedef {(contender: Contender) => Promise<unknown>} Work */

/**
 * @param {number} lanes
 * @param {number} seconds
 * @param {string} [body]
 * @returns {Work}
 */
const small = (lanes, seconds, body) => contender => contender.load({ path: '/json', lanes, seconds, ...body !== undefined && { body } })

/** @type {Work} */
const embeddings = contender => contender.load({ path: '/v1/embeddings', body: ASKED, lanes: 50, seconds: 1 })

/**
 * @param {number} count
 * @returns {Work}
 */
const tokens = count => contender => contender.streams({ path: '/sse?tokens=50&every=20', count, tokens: 50 })

/** @param {Contender} contender */
const large = async contender => {
  await contender.transfer({ way: 'upload', path: '/sink', bytes: LARGE })
  await contender.transfer({ way: 'download', path: `/bytes?n=${LARGE}`, bytes: LARGE })
}

/** @param {Contender} contender */
const coded = async contender => {
  for (const coding of ['gzip', 'deflate', 'br', 'zstd']) {
    for (let i = 0; i < 20; i++) {
      await contender.transfer({ way: 'download', path: `/encoded?coding=${coding}&n=${CODED}`, bytes: CODED })
    }
  }
}

/** @type {Array<[client: string, way: import('../../benchmarks/side-by-side').Way, connections: number, ...works: Work[]]>} */
const TRAFFIC = [
  ['rag-connection-pool', 'plain', 1, small(1, 0.5)],
  ['rag-connection-pool', 'plain', 50, small(50, 3), small(50, 1, ASKED), embeddings, tokens(50), large],
  ['rag-connection-pool', 'plain', 500, small(500, 2)],
  ['rag-connection-pool', 'plain', 1000, tokens(1000)],
  ['rag-connection-pool, listening', 'plain', 50, small(50, 0.5)],
  ['rag-connection-pool', 'tls', 50, small(50, 3), small(50, 1, ASKED), embeddings, tokens(50), large],
  ['rag-connection-pool, unpooled', 'tls', 10, small(10, 0.5)],
  ['rag-connection-pool', 'h2', 1, small(50, 3), small(50, 1, ASKED), embeddings, tokens(50), large],
  ['fetch, pooled', 'plain', 50, small(50, 1), tokens(50), coded],
  ['fetch, pooled', 'tls', 50, small(50, 1), coded],
  ['http.Agent, pooled', 'plain', 50, small(1, 0.5), small(50, 1), tokens(50), large],
  ['http.Agent, pooled', 'tls', 50, small(1, 0.5), small(50, 1), tokens(50), large]
]

/**
 * Sends all of it over the loopback interface.
 * @param {Record<string, string>} variables of the environment of each client's process
 */
async function traffic (variables) {
  const server = await launch('bench-server')
  try {
    for (const [client, way, connections, ...works] of TRAFFIC) {
      console.log(`${client}, ${way}, ${connections} connections`)
      const contender = new Contender(client, { variables })
      const { origin, ...trust } = place(server, way)
      await contender.open(origin, settingOf({ origin, ...trust }, { connections }))
      for (const work of works) await work(contender)
      await contender.close()
    }
  } finally {
    await server.stop()
  }
}

module.exports = { TRAFFIC, traffic }
