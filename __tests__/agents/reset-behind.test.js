'use strict'

const { open } = require('../support/pools')
const { serve } = require('../support/servers')
const { exchange } = require('./exchange')

const server = serve('fault-server')
const WITHIN_MS = 20

/** Keeps JavaScript from its events for so long. @param {number} ms */
function block (ms) {
  const end = performance.now() + ms
  while (performance.now() < end);
}

test('a reply that came whole is one, though the reset of its idle connection is found in the same turn', async () => {
  await server.post('/mode', { closeIdleWithinMs: WITHIN_MS, by: 'reset', seed: 1 })
  const agent = open().getHttpAgent()
  for (let i = 0; i < 20; i++) {
    const asked = exchange(server.url('/ok'), { agent })
    // What is submitted goes out at the end of the turn; the reply and the reset come while nobody listens.
    setTimeout(() => block(3 * WITHIN_MS), 5)
    expect((await asked).status).toBe(200)
  }
})
