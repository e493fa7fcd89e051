'use strict'

const between = { 50: 10.25e6, 99: 12.5e6, 0: 9.9e6 }
jest.mock('node:perf_hooks', () => ({
  monitorEventLoopDelay: () => ({ enable () {}, disable () {}, percentile: (/** @type {0 | 50 | 99} */ percent) => between[percent] })
}))

const { LoopDelay } = require('../../benchmarks/child/loop-delay')

test('the event loop is late by what is left without the distance of the samples', () => {
  const delay = new LoopDelay()
  expect([delay.millis(50), delay.millis(99), delay.millis(0)]).toEqual([0.25, 2.5, 0])
})
