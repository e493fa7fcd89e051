'use strict'

const { open } = require('../support/pools')
const { serve } = require('../support/servers')

const server = serve('bench-server')

const BYTES = 64 * 1024 * 1024
/** What may come between two turns of the event loop: some thirty milliseconds' worth. */
const MOST = BYTES / 16

test('timers have their turn while one body comes as fast as it is dealt with', async () => {
  const pool = open()
  for (let round = 0; round < 5; round++) {
    let whole = 0
    const turns = [0]
    const look = () => { turns.push(whole); if (whole < BYTES) setTimeout(look, 0) }
    look()
    for await (const chunk of (await pool.fetch(server.url(`/bytes?n=${BYTES}`))).body) {
      whole += chunk.length
      // Half a millisecond for 64 KiB, in which the next ones come.
      const end = performance.now() + chunk.length / 2 ** 17
      while (performance.now() < end);
    }
    turns.push(whole)
    expect(Math.max(...turns.map((bytes, at) => bytes - (turns[at - 1] ?? 0)))).toBeLessThan(MOST)
  }
}, 60_000)
