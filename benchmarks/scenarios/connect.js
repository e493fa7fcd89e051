'use strict'

const { relayed } = require('../relay')
const { ratioTarget, seriesText } = require('../report/series')
const { place, settingOf, sideBySide } = require('../side-by-side')
const { study } = require('../study')

const OURS = 'rag-connection-pool'
const DELAY_MS = 30

const plans = {
  whole: { fresh: { rounds: 7, count: 100 }, far: { rounds: 3, count: 20 } },
  quick: { fresh: { rounds: 3, count: 100 }, far: { rounds: 1, count: 10 } }
}

/** @typedef {{ millis: number, threadMillis: number }} Figures */
/** @typedef {{ what: string, series: import('../report/series').Series<Figures>[] }} Comparison */

/** What new connections cost, and what it saves to keep them. */
module.exports = study({
  name: 'connect',
  plans,
  servers: { 'bench-server': [] },
  async measure (plan, { 'bench-server': server }) {
    const fresh = await compare(`${plan.fresh.count} fresh TLS connections`, [OURS, 'undici'], place(server, 'tls'), { ...plan.fresh, together: true })
    const far = []
    for (const [way, named] of /** @type {const} */ ([['plain', 'in clear'], ['tls', 'over TLS']])) {
      far.push(await relayed(server, way, DELAY_MS, where =>
        compare(`${plan.far.count} requests ${named}, ${DELAY_MS} ms away`, [OURS, `${OURS}, unpooled`], where, { ...plan.far, together: false })))
    }
    return { fresh, far }
  },
  tell: ({ fresh, far }) => ({
    targets: [
      ratioTarget(`${fresh.what}: time, of undici's`, fresh.series, millis, '≤', 0.5),
      ratioTarget(`${fresh.what}: CPU of the JavaScript thread, of undici's`, fresh.series, threadMillis, '≤', 0.1),
      ...far.map(({ what, series }, i) => ratioTarget(`${what}: time, of that unpooled`, series, millis, '≤', i === 0 ? 0.55 : 0.40))
    ],
    texts: [fresh, ...far].map(({ what, series }) => seriesText(what, series, [['ms', millis], ['ms of the JavaScript thread', threadMillis]]))
  })
})

/** @param {Figures} figures */
function millis (figures) {
  return figures.millis
}

/** @param {Figures} figures */
function threadMillis (figures) {
  return figures.threadMillis
}

/**
 * Two clients by turns, each made anew for each round, in processes that have run once before.
 * @param {string} what
 * @param {[string, string]} names
 * @param {import('../side-by-side').Place} where
 * @param {{ rounds: number, count: number, together: boolean }} plan
 * @returns {Promise<Comparison>}
 */
async function compare (what, names, where, { rounds, count, together }) {
  const limits = { connections: count }
  const setting = settingOf(where, limits)
  const dials = { path: '/json', count, together }
  const { measured: series } = await sideBySide(names, where, limits, async contenders => {
    const all = names.map(name => ({ name, rounds: /** @type {Figures[]} */ ([]) }))
    for (const contender of contenders) await contender.dial(where.origin, setting, dials)
    for (let round = 0; round < rounds; round++) {
      for (const [i, contender] of contenders.entries()) all[i]?.rounds.push(await contender.dial(where.origin, setting, dials))
    }
    return all
  })
  return { what, series }
}
