'use strict'

const { HEALTHY_BELOW } = require('./metrics')

/**
 * @typedef {object} AgentFigures
 * @property {number} active connections that carry a request
 * @property {number} idle connections that wait for one
 * @property {number} pending requests that wait for a connection
 *
 * @typedef {object} OriginFigures
 * @property {number} [active] connections that carry a request
 * @property {number} [connecting] connections that are being opened
 * @property {number} [pending] requests that wait for a connection
 * @property {number} [oldestWaitMs] how long the first of them has waited
 *
 * @typedef {object} ReportedMetrics what `getMetrics()` returns, as far as a report needs it; times in ms,
 *   rates in per cent
 * @property {number} totalRequests
 * @property {number} cachedConnections
 * @property {number} newConnections
 * @property {number} connectionReuseRate
 * @property {number} timeouts
 * @property {number} errors
 * @property {number} avgResponseTime
 * @property {number} poolExhausted
 * @property {number} connectionsCreated
 * @property {number} connectionsDestroyed
 * @property {number} peakPoolSize
 * @property {number} [currentPoolSize]
 * @property {number} [connecting]
 * @property {number} poolUtilization
 * @property {{ p50?: number | null, p95?: number | null, p99?: number | null }} responseTime
 * @property {{ http: AgentFigures, https: AgentFigures }} agents
 * @property {{ maxSockets: number, maxSocketsPerHost?: number }} config
 * @property {Record<string, OriginFigures>} [origins]
 */

/** Origins that are named as waiting; in a bad night there may be hundreds. */
const WAITING_SHOWN = 10

/**
 * The state of a pool as text for people: five headed sections, one figure a line, and what waits.
 *
 * @param {ReportedMetrics} metrics
 * @param {{ tracked?: boolean, limitOf?: (origin: string) => number }} [facts] whether times were measured (`trackMetrics`), and
 *   how many connections an origin may have; default: as many as `config` says
 * @returns {string} lines without a newline at the end
 */
function report (metrics, { tracked = true, limitOf = () => metrics.config.maxSocketsPerHost ?? Infinity } = {}) {
  return [
    section('Connection Pool Report', summary(metrics)),
    section('Performance Metrics', performance(tracked ? metrics : { ...metrics, responseTime: {} })),
    section('Connection Stats', connections(metrics)),
    section('Errors', errors(metrics)),
    section('Agent Stats', agents(metrics, limitOf))
  ].join('\n\n')
}

/**
 * @param {string} heading
 * @param {string[]} lines
 */
function section (heading, lines) {
  return [heading, '-'.repeat(heading.length), ...lines].join('\n')
}

/** @param {ReportedMetrics} metrics */
function summary ({ poolUtilization, connectionReuseRate, agents, config }) {
  return [
    `Status: ${poolUtilization < HEALTHY_BELOW ? 'Healthy ✓' : 'Warning ⚠'}`,
    `Pool Utilization: ${percent(poolUtilization)}`,
    `Active Connections: ${agents.http.active + agents.https.active} / ${config.maxSockets}`,
    `Connection Reuse Rate: ${percent(connectionReuseRate)}`
  ]
}

/** @param {ReportedMetrics} metrics */
function performance ({ totalRequests, avgResponseTime, responseTime }) {
  return [
    `Total Requests: ${totalRequests}`,
    `Avg Response Time: ${milliseconds(avgResponseTime)}`,
    `P50: ${milliseconds(responseTime.p50)}`,
    `P95: ${milliseconds(responseTime.p95)}`,
    `P99: ${milliseconds(responseTime.p99)}`
  ]
}

/** @param {ReportedMetrics} metrics */
function connections (metrics) {
  return [
    `New Connections: ${metrics.newConnections}`,
    `Cached Connections: ${metrics.cachedConnections}`,
    `Connections Created: ${metrics.connectionsCreated}`,
    `Connections Destroyed: ${metrics.connectionsDestroyed}`,
    `Peak Pool Size: ${metrics.peakPoolSize}`
  ]
}

/** @param {ReportedMetrics} metrics */
function errors ({ errors, timeouts, poolExhausted }) {
  return [`Total Errors: ${errors}`, `Timeouts: ${timeouts}`, `Pool Exhausted: ${poolExhausted}`]
}

/**
 * @param {ReportedMetrics} metrics
 * @param {(origin: string) => number} limitOf
 */
function agents (metrics, limitOf) {
  return [
    'HTTP:', ...agent(metrics.agents.http),
    'HTTPS:', ...agent(metrics.agents.https),
    ...waiting(metrics, limitOf)
  ]
}

/** @param {AgentFigures} figures */
function agent ({ active, idle, pending }) {
  return [`  Active: ${active}`, `  Idle: ${idle}`, `  Pending: ${pending}`]
}

/**
 * Who waits for what and how long, the longest wait first; nothing when nobody does.
 *
 * @param {ReportedMetrics} metrics
 * @param {(origin: string) => number} limitOf
 */
function waiting (metrics, limitOf) {
  const origins = Object.entries(metrics.origins ?? {})
    .filter(([, { pending = 0 }]) => pending > 0)
    .sort(([, a], [, b]) => (b.oldestWaitMs ?? 0) - (a.oldestWaitMs ?? 0))
  if (origins.length === 0) return []
  const lines = origins.slice(0, WAITING_SHOWN).map(([name, figures]) => waiter(name, figures, limitOf(name), metrics))
  const more = origins.length - lines.length
  return ['Waiting:', ...lines, ...(more > 0 ? [`  and ${count(more, 'more origin')}`] : [])]
}

/**
 * @param {string} origin
 * @param {OriginFigures} figures
 * @param {number} limit
 * @param {ReportedMetrics} metrics
 */
function waiter (origin, { active = 0, connecting = 0, pending = 0, oldestWaitMs = 0 }, limit, metrics) {
  const since = `the first for ${milliseconds(oldestWaitMs)}`
  return `  ${origin}: ${count(pending, 'request')}, ${since}, for ${awaited(active, connecting, limit, metrics)}`
}

/**
 * @param {number} active connections of the origin that carry a request
 * @param {number} connecting those that are being opened
 * @param {number} limit of the origin's connections
 * @param {ReportedMetrics} metrics
 */
function awaited (active, connecting, limit, { config: { maxSockets }, currentPoolSize = 0, connecting: dials = 0 }) {
  const opened = (/** @type {number} */ dialled) => dialled === 0 ? '' : `, or being opened (${dialled})`
  if (active + connecting >= limit) {
    if (limit === 1) return `its one connection, which is ${connecting === 0 ? 'busy' : 'being opened'}`
    return `one of its ${limit} connections, all busy${opened(connecting)}`
  }
  if (currentPoolSize + dials >= maxSockets) return `one of the pool's ${maxSockets} connections, all open${opened(dials)}`
  return 'a connection that is being made'
}

/**
 * @param {number} number
 * @param {string} noun
 */
function count (number, noun) {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

/** @param {number} rate in per cent */
function percent (rate) {
  return `${rate.toFixed(1)}%`
}

/** @param {number | null | undefined} time in ms; none where histograms are not kept */
function milliseconds (time) {
  return time == null ? 'not tracked' : `${time.toFixed(2)} ms`
}

module.exports = { report }
