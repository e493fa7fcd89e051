'use strict'

const { Deadline } = require('../../lib/deadline')

/** Holds the event loop up. @param {number} ms */
const stop = ms => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)

/** Until the timers that are due have rung. */
const timers = () => new Promise(resolve => { setTimeout(resolve, 1) })

test('a loop that was held up beyond it has as long again, once, and it is known as late', async () => {
  const passed = jest.fn()
  const deadline = new Deadline(passed)
  deadline.begin(20)
  stop(300)
  await timers()
  expect([passed.mock.calls.length, deadline.isLate]).toEqual([0, true])
  stop(600)
  await timers()
  expect(passed).toHaveBeenCalledTimes(1)
})
