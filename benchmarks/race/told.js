'use strict'

const { figure } = require('../report/numbers')
const { table } = require('../report/table')
const { KINDS } = require('./raced')

/** Fewer closings than this for so many requests, and the race was not run. */
const REQUESTS_A_CLOSING = 100

/** @param {readonly import('./raced').Raced[]} results */
function raceTable (results) {
  const rows = results.map(({ name, kind, requests, failed, errors, strays, log, closedByServer, seconds }) => [
    `${name}, ${kind}`,
    figure(requests),
    String(failed),
    `${(100 * failed / requests).toFixed(3)} %`,
    String(log.idsReadTwice),
    String(strays),
    figure(closedByServer),
    figure(requests / seconds),
    Object.entries(errors).map(([code, count]) => `${code} ${count}`).join(', ')
  ])
  return table(['', 'requests', 'errors', 'share', 'read twice', 'strays', 'closed by server', 'a second', ''], rows)
}

/**
 * Nothing is lost, nothing is done twice, and whoever says that it was answered was.
 * @param {readonly import('./raced').Raced[]} ours
 * @returns {import('../report/targets').Target[]}
 */
function raceTargets (ours) {
  const none = (/** @type {string} */ what, /** @type {number} */ measured) => ({ what, measured, sense: /** @type {const} */ ('≤'), bound: 0 })
  return ours.flatMap(({ name, kind, requests, failed, strays, log, closedByServer }) => {
    const of = `${name}, ${figure(requests)} × ${kind}`
    return [
      ...kind === KINDS.post.name ? [] : [none(`${of}: errors`, failed)],
      none(`${of}: read twice`, log.idsReadTwice),
      none(`${of}: answered, and not once`, Math.abs(requests - failed - log.answered) + log.idsAnsweredTwice),
      none(`${of}: replies that are another's`, strays),
      { what: `${of}: connections that closed meanwhile`, measured: closedByServer, sense: '≥', bound: requests / REQUESTS_A_CLOSING }
    ]
  })
}

module.exports = { raceTable, raceTargets }
