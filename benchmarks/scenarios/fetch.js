'use strict'

const { COLUMNS, rate, ratioTarget, seriesText, thread } = require('../report/series')
const { interleaved } = require('../rounds')
const { place, sideBySide } = require('../side-by-side')
const { study } = require('../study')
const { trusting } = require('../trust')

const IN_FLIGHT = 50

/** Replies of 200 bytes, and an embedding of 30 KB. */
const LOADS = /** @type {const} */ ([
  { name: 'small replies', path: '/json', way: 'plain', perSecond: 6, thread: 0.15 },
  { name: 'small replies over TLS', path: '/json', way: 'tls', perSecond: 6, thread: 0.15 },
  { name: 'embeddings', path: '/embeddings?dim=1536', way: 'plain', perSecond: 2, thread: undefined }
])

/** `pool.fetch` beside the fetch of the same Node: 50 in flight, HTTP/1.1, each reply read by `json()`. */
module.exports = study({
  name: 'fetch',
  plans: { whole: { rounds: 5, seconds: 2, warmSeconds: 3 }, quick: { rounds: 2, seconds: 0.5, warmSeconds: 1 } },
  servers: { 'bench-server': [] },
  measure: ({ rounds, seconds, warmSeconds }, { 'bench-server': server }) => trusting(server.ca, async variables => {
    const loads = []
    for (const load of LOADS) {
      const { versions, measured: series } = await sideBySide(['fetch, pooled', 'fetch'], place(server, load.way), { connections: IN_FLIGHT },
        contenders => interleaved(contenders, server, { rounds, warmSeconds, load: { path: load.path, lanes: IN_FLIGHT, seconds, leadInMs: 200, timedEvery: 10 } }),
        { variables })
      loads.push({ ...load, versions, series })
    }
    return { loads }
  }),
  tell: ({ loads }) => ({
    versions: loads[0]?.versions ?? {},
    targets: loads.flatMap(({ name, perSecond, thread: most, series }) => [
      ratioTarget(`${name}: requests/s, of fetch's`, series, rate, '≥', perSecond),
      ...most === undefined ? [] : [ratioTarget(`${name}: CPU of the JavaScript thread, of fetch's`, series, thread, '≤', most)]
    ]),
    texts: loads.map(({ name, series }) => seriesText(name, series, [COLUMNS.rate, COLUMNS.thread, COLUMNS.process, COLUMNS.rss, COLUMNS.connections, COLUMNS.errors]))
  })
})
