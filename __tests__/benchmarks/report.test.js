'use strict'

const { wrong } = require('../../benchmarks/comparison/classics')
const { best, targetsOf } = require('../../benchmarks/comparison/judging')
const { kinds } = require('../../benchmarks/comparison/kinds')
const { grid, markdown } = require('../../benchmarks/comparison/markdown')
const { page } = require('../../benchmarks/comparison/page')
const { absence, newestWays } = require('../../benchmarks/comparison/peers')
const { judge } = require('../../benchmarks/comparison/results')
const { failuresOf, rowsOf } = require('../../benchmarks/comparison/rows')
const { targetTable } = require('../../benchmarks/report/targets')

const entry = (name, rates, more) => ({
  name, version: '1.2.3', rounds: rates.map(rate => ({ rate, thread: 100 / rate, process: NaN, connections: 50, server: 5, errors: 0 })), ...more
})

const COMPARED = {
  name: 'json-50',
  title: 'small <JSON>',
  unit: 'request',
  bounds: [{ figure: 'rate', sense: '≥', bound: 1.7 }, { figure: 'thread', sense: '≤', bound: 0.15 }, { figure: 'rate', sense: '≥', bound: 2, beside: ['hyper'] }],
  entries: [
    entry('rag-connection-pool', [40, 60, 50]), entry('undici', [10, 20, 30]), entry('undici 8', [20, 30, 25]),
    entry('got', [], { failure: 'it </script> broke' }), entry('impit', [5], { failure: 'gone after a round' })
  ]
}

function results () {
  return {
    date: '2026-01-02T03:04:05.678Z',
    quick: false,
    where: 'A machine, 2 cores.',
    machine: {},
    plan: {},
    versions: { undici: '1.2.3' },
    targets: judge(targetsOf(COMPARED)),
    classics: judge([{ what: 'reuse, %', measured: 99.5, sense: '≥', bound: 99, replaced: '> 99' }]),
    compared: [COMPARED]
  }
}

test('the ratios are to the better of undici\'s versions, round by round', () => {
  expect(best(COMPARED.entries, ['undici', 'undici 8'], 'rate').name).toBe('undici 8')
  expect(targetsOf(COMPARED)).toEqual([
    { what: 'small <JSON>: requests a second, of undici 8', measured: 2, sense: '≥', bound: 1.7, spread: '2.00–2.00' },
    { what: 'small <JSON>: CPU of the JavaScript thread, of undici 8', measured: 0.5, sense: '≤', bound: 0.15, spread: '0.50–0.50' }
  ])
})

test('a bound is left out where ours or those beside it were not measured', () => {
  expect(targetsOf({ ...COMPARED, entries: COMPARED.entries.slice(1) })).toEqual([])
  expect(targetsOf({ ...COMPARED, entries: COMPARED.entries.slice(0, 1) })).toEqual([])
})

test('a bound is missed where ours or those beside it failed, and not where they cannot be had', () => {
  const [ours, ...others] = COMPARED.entries
  const missed = { measured: NaN, spread: 'rag-connection-pool: not measured' }
  expect(targetsOf({ ...COMPARED, entries: [{ ...ours, failure: 'gone' }, ...others] })).toMatchObject([missed, missed])
  const theirs = { measured: NaN, spread: 'undici: not measured' }
  expect(targetsOf({ ...COMPARED, entries: [ours, entry('undici', [], { failure: 'gone' })] })).toMatchObject([theirs, theirs])
  expect(targetsOf({ ...COMPARED, entries: [ours, entry('undici', [], { failure: 'needs another Node', isAbsent: true })] })).toEqual([])
})

test('who answers no request has no figures but a reason', async () => {
  const contender = { load: async () => ({ requests: 0, errors: { ECONNRESET: 1, ECONNREFUSED: 7 }, latencyMicros: {}, loopDelayMillis: {} }) }
  await expect(kinds.load.round(contender, { scenario: { of: {} }, plan: {} })).rejects.toThrow('no request was answered (ECONNREFUSED)')
})

test('a figure that misses its bound by a hair shows by how much', () => {
  expect(targetTable([{ what: 'rate', measured: 1.6958, sense: '≥', bound: 1.7 }])).toMatch(/✗ rate +1\.6958 +≥ 1\.7/)
})

test('ratios stand first, columns without a figure are left out, and so is who failed', () => {
  const { head, rows } = rowsOf(COMPARED)
  expect(head).toEqual(['', '/s ÷', 'thread ÷', 'requests/s', 'thread µs', 'server µs', 'conns', 'errors'])
  expect(rows.map(([name, rate]) => [name, rate])).toEqual([['rag-connection-pool', '2.00'], ['undici', '0.67'], ['undici 8', '1.00']])
  expect(rows[0][3]).toBe('50.0 (40.0–60.0)')
  expect(failuresOf(COMPARED)).toEqual(['got: not measured, it </script> broke', 'impit: not measured, gone after a round'])
})

test('the Markdown has the targets, the classics, each scenario and who failed', () => {
  const text = markdown(results())
  expect(text).toMatch(/^# Comparison of 2026-01-02\n/)
  expect(text).toContain('| ✓ small <JSON>: requests a second, of undici 8 | 2.00 | 2.00–2.00 | ≥ 1.7 | reached |')
  expect(text).toContain('| ✗ small <JSON>: CPU of the JavaScript thread, of undici 8 | 0.50 | 0.50–0.50 | ≤ 0.15 | missed |')
  expect(text).toContain('| ✓ reuse, % | 99.5 |  | ≥ 99 | reached | > 99 |')
  expect(text).toContain('- got: not measured')
  expect(grid(['a', 'b'], [['x|y', '1']])).toBe('| a | b |\n|---|--:|\n| x\\|y | 1 |')
})

test('the page asks for nothing, and what was measured cannot break out of its place', () => {
  const text = page(results())
  expect(text).not.toMatch(/(src|href)=|@import|url\(|https?:\/\/(?!\S*(uplot|leeoniya))/i)
  expect(text.match(/<script>/g)).toHaveLength(3)
  expect(text.match(/<\/script>/g)).toHaveLength(3)
  expect(text).toContain('uPlot')
  expect(text).toContain('small &#60;JSON&#62;')
  const [, data] = /const plots = (.*)<\/script>/.exec(text)
  expect(JSON.parse(data)[0][0]).toEqual({
    what: 'requests a second',
    bars: [
      { name: 'rag-connection-pool', isOurs: true, median: 50, least: 40, most: 60 }, { name: 'undici', isOurs: false, median: 20, least: 10, most: 30 },
      { name: 'undici 8', isOurs: false, median: 25, least: 20, most: 30 }
    ]
  })
})

test('a peer that cannot be had has its reason', () => {
  expect(absence('undici 8', { way: 'plain', kind: 'load' }, '22.18.9')).toBe('needs Node 22.19')
  expect(absence('undici 8 fetch', { way: 'h2', kind: 'load' }, '22.19.0')).toBeUndefined()
  expect(absence('undici', { way: 'h2', kind: 'load' }, '20.0.0')).toBeUndefined()
  expect(absence('node-libcurl', { way: 'plain', kind: 'load' })).toMatch(/holds no binary/)
  expect(absence('axios', { way: 'h2', kind: 'load' })).toBe('it speaks HTTP/1.1 alone')
  expect(absence('fetch', { way: 'h2', kind: 'load' }, '24.22.3')).toBe('it speaks HTTP/1.1 alone')
  expect(absence('fetch', { way: 'h2', kind: 'load' }, '26.12.1')).toBeUndefined()
  expect(absence('http2', { way: 'tls', kind: 'load' })).toBe('it speaks HTTP/2 alone')
  expect(absence('hyper', { way: 'plain', kind: 'streams' })).toMatch(/small requests alone/)
  expect(newestWays('20.20.2')).toEqual(['undici stream', 'undici dispatch', 'undici fetch'])
  expect(newestWays('24.1.0')).toEqual(['undici 8 stream', 'undici 8 dispatch', 'undici 8 fetch'])
})

test('metrics that say otherwise than the server are counted', () => {
  const told = {
    totalRequests: 100,
    connectionsCreated: 4,
    newConnections: 4,
    connectionReuse: 96,
    connectionReuseRate: 96,
    errors: 0,
    timeouts: 0,
    peakPoolSize: 4,
    responseTime: { p50: 1, p99: 2 },
    phases: { queue: { count: 100 } },
    origins: { a: {} }
  }
  expect(wrong(told, 100, 4)).toEqual([])
  expect(wrong({ ...told, connectionReuse: 95, errors: 1 }, 100, 4)).toEqual(['connectionReuse', 'errors'])
})
