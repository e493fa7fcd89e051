'use strict'

const { COLUMNS, rate, ratioTarget, seriesText } = require('../report/series')
const { interleaved } = require('../rounds')
const { place, sideBySide } = require('../side-by-side')
const { study } = require('../study')

const IN_FLIGHT = 50

/** What each client must at least gain by the pool, in requests/s; axios that follows no redirects as well, to see. */
const CLIENTS = [
  { name: 'axios as it comes', bound: 1.5 },
  { name: 'axios', bound: null },
  { name: 'openai', bound: 1.5 }
]

/** Clients over the pool beside themselves without it: 50 in flight, plain HTTP/1.1, replies of 200 bytes. */
module.exports = study({
  name: 'clients',
  plans: { whole: { rounds: 5, seconds: 2, warmSeconds: 3 }, quick: { rounds: 2, seconds: 0.5, warmSeconds: 1 } },
  servers: { 'bench-server': [] },
  async measure ({ rounds, seconds, warmSeconds }, { 'bench-server': server }) {
    const load = { path: '/json', lanes: IN_FLIGHT, seconds, leadInMs: 200 }
    const clients = []
    for (const { name, bound } of CLIENTS) {
      const { versions, measured: series } = await sideBySide([`${name}, pooled`, name], place(server, 'plain'), { connections: IN_FLIGHT },
        contenders => interleaved(contenders, server, { rounds, warmSeconds, load }))
      clients.push({ name, bound, version: versions[name] ?? '', series })
    }
    return { clients }
  },
  tell: ({ clients }) => ({
    versions: Object.fromEntries(clients.map(({ name, version }) => [name, version])),
    targets: clients.flatMap(({ name, bound, series }) => bound === null ? [] : [ratioTarget(`${name} over the pool: requests/s, of its own`, series, rate, '≥', bound)]),
    texts: clients.map(({ name, series }) => seriesText(name, series, [COLUMNS.rate, COLUMNS.thread, COLUMNS.process, COLUMNS.rss, COLUMNS.connections]))
  })
})
