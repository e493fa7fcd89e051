'use strict'

const { launch } = require('../../servers/launch')
const { inOwnProcess } = require('./own-process')

/** Long enough that the first still flow when the last is open. */
const SIZES = {
  small: { count: 1000, tokens: 20, everyMs: 500 },
  full: { count: 10_000, tokens: 24, everyMs: 5000 }
}

const CASES = /** @type {const} */ ([['request', 'http'], ['fetch', 'http'], ['agent', 'http'], ['request', 'https'], ['fetch', 'https']])

/**
 * Streams of events, all at the same time in one process, each token counted in its order.
 * @param {{ size: 'small' | 'full' }} plan
 */
async function run ({ size }) {
  const { count, tokens, everyMs } = SIZES[size]
  const bench = await launch('bench-server')
  const tally = { passed: 0, failed: 0 }
  console.log(`${count} streams of ${tokens} tokens, one every ${everyMs} ms, each beside all others; memory a stream in KiB above the idle process`)
  for (const [way, protocol] of CASES) {
    const origin = `${protocol}://127.0.0.1:${bench[protocol]}`
    const { most, broken, codes, connections, opening, standing, peak } = await inOwnProcess('listeners.js', { way, origin, ca: bench.ca, count, tokens, everyMs })
    const isGood = broken === 0 && most === count
    tally[isGood ? 'passed' : 'failed']++
    console.log(`${isGood ? '✓' : '✗'} ${way.padEnd(7)} ${protocol === 'https' ? 'HTTP/2' : 'HTTP/1'}  ${most} at once on ${connections} connections, ${broken} not whole${Object.entries(codes).map(([code, times]) => ` (${code} ${times})`).join('')}  ` +
      `all open after ${opening.toFixed(1)} s  ${standing.toFixed(1)} KiB open, ${peak.toFixed(1)} KiB at the peak`)
  }
  await bench.stop()
  return tally
}

module.exports = { run }
