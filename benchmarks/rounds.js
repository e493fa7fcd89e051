'use strict'

/** @typedef {import('./contender').Figures & {serverMicros: number, connections: number}} Round */

/**
 * @typedef {object} Plan
 * @property {number} rounds
 * @property {number} warmSeconds of each contender, before the first round
 * @property {import('./child/load').Load} load
 */

/**
 * Each contender warmed, then one after the other, over and over: A B A B …, the others idle meanwhile.
 * @param {readonly import('./contender').Contender[]} contenders
 * @param {import('../__tests__/servers/launch').Server} server
 * @param {Plan} plan
 * @returns {Promise<import('./report/series').Series<Round>[]>}
 */
async function interleaved (contenders, server, { rounds, warmSeconds, load }) {
  for (const contender of contenders) await contender.load({ ...load, seconds: warmSeconds })
  const series = contenders.map(({ name }) => ({ name, rounds: /** @type {Round[]} */ ([]) }))
  for (let round = 0; round < rounds; round++) {
    for (const [i, contender] of contenders.entries()) series[i]?.rounds.push(await measured(contender, server, load))
  }
  return series
}

/**
 * A round, with what the server saw of it.
 * @param {import('./contender').Contender} contender
 * @param {import('../__tests__/servers/launch').Server} server
 * @param {import('./child/load').Load} load
 * @returns {Promise<Round>}
 */
async function measured (contender, server, load) {
  await server.reset()
  const before = await server.stats()
  const figures = await contender.load(load)
  const after = await server.stats()
  return {
    ...figures,
    serverMicros: (after.cpuMicros - before.cpuMicros) / after.requests,
    connections: served(after.requestsPerConnection)
  }
}

/**
 * Connections that carried a request; those of the contenders that idle carried none.
 * @param {Record<string, number>} requestsPerConnection
 */
function served (requestsPerConnection) {
  return Object.entries(requestsPerConnection).reduce((sum, [requests, count]) => requests === '0' ? sum : sum + count, 0)
}

module.exports = { interleaved, served }
