'use strict'

const { turnTime } = require('../../lib/agent/turn-clock')

/** Until some time has passed by the clock. */
function hold () {
  for (const begun = performance.now(); performance.now() - begun < 2;);
}

test('the time of a turn stands still within a tick and is the clock\'s again in the next', async () => {
  const first = turnTime()
  hold()
  expect(turnTime()).toBe(first)
  await new Promise(resolve => process.nextTick(resolve))
  const next = turnTime()
  expect(next).toBeGreaterThanOrEqual(first + 2)
  expect(performance.now() - next).toBeLessThan(1_000)
})
