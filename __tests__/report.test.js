'use strict'

const { report } = require('../lib/observe/report')

/** A pool in good health that has carried some requests. */
function metrics (overrides = {}) {
  return {
    totalRequests: 1200,
    cachedConnections: 1150,
    newConnections: 50,
    connectionReuseRate: 95.8333,
    timeouts: 2,
    errors: 3,
    avgResponseTime: 12.345,
    poolExhausted: 4,
    connectionsCreated: 51,
    connectionsDestroyed: 41,
    currentPoolSize: 10,
    peakPoolSize: 20,
    poolUtilization: 6,
    responseTime: { avg: 12.345, p50: 10, p95: 30.5, p99: 99.999 },
    agents: {
      http: { active: 1, idle: 2, pending: 0, total: 3 },
      https: { active: 2, idle: 5, pending: 0, total: 7 }
    },
    config: { maxSockets: 50, maxSocketsPerHost: 10, maxFreeSockets: 10, timeout: 30000 },
    origins: {
      'https://api.example': { active: 2, idle: 5, pending: 0, oldestWaitMs: 0 }
    },
    ...overrides
  }
}

/** The lines under 'Waiting:', without their indent. */
function waiting (overrides) {
  const lines = report(metrics(overrides)).split('\n')
  return lines.slice(lines.indexOf('Waiting:') + 1).map(line => line.trim())
}

test('a report has five sections and every figure on a line of its own', () => {
  expect(report(metrics())).toBe(`\
Connection Pool Report
----------------------
Status: Healthy ✓
Pool Utilization: 6.0%
Active Connections: 3 / 50
Connection Reuse Rate: 95.8%

Performance Metrics
-------------------
Total Requests: 1200
Avg Response Time: 12.35 ms
P50: 10.00 ms
P95: 30.50 ms
P99: 100.00 ms

Connection Stats
----------------
New Connections: 50
Cached Connections: 1150
Connections Created: 51
Connections Destroyed: 41
Peak Pool Size: 20

Errors
------
Total Errors: 3
Timeouts: 2
Pool Exhausted: 4

Agent Stats
-----------
HTTP:
  Active: 1
  Idle: 2
  Pending: 0
HTTPS:
  Active: 2
  Idle: 5
  Pending: 0`)
})

test.each([
  [89.9, 'Status: Healthy ✓'],
  [90, 'Status: Warning ⚠'],
  [100, 'Status: Warning ⚠']
])('a pool that is %d %% busy says so in its status', (poolUtilization, status) => {
  expect(report(metrics({ poolUtilization })).split('\n')).toContain(status)
})

test.each([
  ['null', { p50: null, p95: null, p99: null }],
  ['left out', {}]
])('percentiles that are %s are said not to be tracked', (_, responseTime) => {
  const lines = report(metrics({ responseTime })).split('\n')
  expect(lines).toEqual(expect.arrayContaining(['P50: not tracked', 'P95: not tracked', 'P99: not tracked']))
})

test('a report without figures for each origin is whole', () => {
  const { origins, ...rest } = metrics()
  expect(report(rest)).toBe(report(metrics()))
})

test('who waits at the limit of an origin waits for one of its connections', () => {
  const origins = { 'https://api.example': { active: 10, pending: 12, oldestWaitMs: 1840.5 } }
  expect(waiting({ origins })).toEqual([
    'https://api.example: 12 requests, the first for 1840.50 ms, for one of its 10 connections, all busy'
  ])
})

test('who waits at the limit of the pool waits for one of its connections', () => {
  const origins = { 'https://api.example': { active: 9, pending: 1, oldestWaitMs: 3 } }
  expect(waiting({ origins, currentPoolSize: 50 })).toEqual([
    "https://api.example: 1 request, the first for 3.00 ms, for one of the pool's 50 connections, all open"
  ])
})

test('who waits while others are dialled to the limit is told of the dials', () => {
  const origins = { 'https://api.example': { active: 4, connecting: 6, pending: 1, oldestWaitMs: 3 } }
  expect(waiting({ origins })).toEqual([
    'https://api.example: 1 request, the first for 3.00 ms, for one of its 10 connections, all busy, or being opened (6)'
  ])
})

test('who waits while dials of others fill the pool waits for one of its connections', () => {
  const origins = { 'http://api.example': { active: 0, connecting: 0, pending: 1, oldestWaitMs: 3 } }
  expect(waiting({ origins, currentPoolSize: 30, connecting: 20 })).toEqual([
    "http://api.example: 1 request, the first for 3.00 ms, for one of the pool's 50 connections, all open, or being opened (20)"
  ])
})

test('who waits below every limit waits for a connection that is being made', () => {
  const origins = { 'https://api.example': { active: 0, pending: 2, oldestWaitMs: 3 } }
  expect(waiting({ origins })).toEqual([
    'https://api.example: 2 requests, the first for 3.00 ms, for a connection that is being made'
  ])
})

test('the longest wait comes first', () => {
  const origins = {
    'https://a.example': { active: 0, pending: 1, oldestWaitMs: 1 },
    'https://b.example': { active: 0, pending: 1, oldestWaitMs: 3 },
    'https://c.example': { active: 0, pending: 1, oldestWaitMs: 2 }
  }
  expect(waiting({ origins }).map(line => line.split(': ')[0])).toEqual([
    'https://b.example', 'https://c.example', 'https://a.example'
  ])
})

test.each([
  [11, 'and 1 more origin'],
  [13, 'and 3 more origins']
])('of %d waiting origins ten are named and the rest counted', (total, last) => {
  const names = Array.from({ length: total }, (_, index) => `https://host-${index}.example`)
  const origins = Object.fromEntries(names.map(name => [name, { active: 0, pending: 1, oldestWaitMs: 1 }]))
  const lines = waiting({ origins })
  expect([lines.length, lines.at(-1)]).toEqual([11, last])
})
