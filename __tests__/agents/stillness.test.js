'use strict'

const { performance } = require('node:perf_hooks')

/** Milliseconds. */ let mockNow = 0
/** @type {Map<object, { at: number, ring: () => void }>} */ const mockTimers = new Map()
let mockWound = 0
/** @type {Array<() => void>} */ const mockTicks = []

jest.mock('../../lib/event-loop', () => ({
  setTimeout (/** @type {(...given: unknown[]) => void} */ ring, /** @type {number} */ ms, /** @type {unknown[]} */ ...given) {
    mockWound++
    const timer = { unref () {} }
    mockTimers.set(timer, { at: mockNow + ms, ring: () => ring(...given) })
    return timer
  },
  clearTimeout: (/** @type {object} */ timer) => mockTimers.delete(timer),
  setImmediate: (/** @type {() => void} */ act) => act(),
  nextTick: (/** @type {() => void} */ act) => mockTicks.push(act)
}))

const { Stillness } = require('../../lib/agent/stillness')

beforeEach(() => {
  mockNow = 0
  mockWound = 0
  mockTimers.clear()
  mockTicks.splice(0).forEach(act => act())
  jest.spyOn(performance, 'now').mockImplementation(() => mockNow)
})
afterEach(() => jest.restoreAllMocks())

/** Lets so many milliseconds pass, each a turn of the event loop. */
function pass (ms) {
  for (const end = mockNow + ms; mockNow < end;) {
    mockTicks.splice(0).forEach(act => act())
    mockNow++
    for (const [timer, { at, ring }] of [...mockTimers]) {
      if (at > mockNow || !mockTimers.delete(timer)) continue
      ring()
    }
  }
}

function watched (ms) {
  const told = []
  const stillness = new Stillness(() => told.push(mockNow))
  stillness.watch(ms)
  return { stillness, told }
}

test('what does not move is told of after the time, once', () => {
  const { told } = watched(10)
  pass(35)
  expect([told, mockTimers.size]).toEqual([[10], 0])
})

test('what has moved since it was told of is told of again', () => {
  const { stillness, told } = watched(10)
  pass(35)
  stillness.broken()
  pass(35)
  expect(told).toEqual([10, 45])
})

test('the time runs from the last movement, for which no timer is wound', () => {
  const { stillness, told } = watched(10)
  for (let i = 0; i < 5; i++) {
    pass(3)
    stillness.broken()
  }
  expect(mockWound).toBe(2)
  pass(9)
  expect(told).toEqual([])
  pass(1)
  expect(told).toEqual([25])
})

test('who is not watched any more is not told of', () => {
  const { stillness, told } = watched(10)
  stillness.watch(0)
  stillness.broken()
  pass(50)
  expect([told, mockTimers.size]).toEqual([[], 0])
})

test('who is watched anew is told of after his own time, and by the timer that there is if that rings before', () => {
  const { stillness, told } = watched(10)
  pass(4)
  stillness.watch(0)
  pass(4)
  stillness.watch(10)
  expect(mockWound).toBe(1)
  pass(9)
  expect(told).toEqual([])
  pass(1)
  expect(told).toEqual([18])
})

test('a shorter time is not waited for with a timer of a longer', () => {
  const { stillness, told } = watched(100)
  stillness.watch(10)
  pass(10)
  expect([told, mockTimers.size]).toEqual([[10], 0])
})

test('nothing is left of one that has ended', () => {
  const { stillness, told } = watched(10)
  stillness.end()
  expect(mockTimers.size).toBe(0)
  pass(50)
  expect(told).toEqual([])
})

test('after a long hold-up another time is waited for, once', () => {
  const { told } = watched(10)
  mockNow = 500
  pass(1)
  expect(told).toEqual([])
  pass(10)
  expect(told).toEqual([511])
})
