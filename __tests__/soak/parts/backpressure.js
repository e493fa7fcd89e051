'use strict'

const { launch } = require('../../servers/launch')
const { inOwnProcess } = require('./own-process')
const { slowServers } = require('./slow-server')

const BYTES_PER_SECOND = 50e6
const SIZES = { small: 256 * 2 ** 20, full: 2 * 2 ** 30 }
/** Of the peak over what the idle process holds. */
const MOST_MEGABYTES = 100

const CASES = /** @type {const} */ ([
  ['request', 'clear'], ['request', 'tls'], ['request', 'h2'], ['fetch', 'clear'], ['fetch', 'tls'], ['fetch', 'h2'], ['agent', 'clear'], ['agent', 'tls']
])

/**
 * Bodies that are larger than memory should notice, against a consumer or a server that is slow.
 * @param {{ size: 'small' | 'full' }} plan
 */
async function run ({ size }) {
  const bytes = SIZES[size]
  const bench = await launch('bench-server')
  const slow = await slowServers(BYTES_PER_SECOND)
  const fast = { clear: `http://127.0.0.1:${bench.http}`, tls: `https://127.0.0.1:${bench.https1}`, h2: `https://127.0.0.1:${bench.https}` }
  const tally = { passed: 0, failed: 0 }
  console.log(`${bytes / 2 ** 20} MiB at ${BYTES_PER_SECOND / 1e6} MB/s; memory in MiB: idle, most above it, and how fast the body went`)
  for (const direction of /** @type {const} */ (['download', 'upload'])) {
    for (const [way, protocol] of CASES) {
      const origin = (direction === 'download' ? fast : slow.origins)[protocol]
      const ca = direction === 'download' ? bench.ca : slow.ca
      const { idle, above, megabytesPerSecond } = await inOwnProcess('transfer.js', { direction, way, origin, ca, bytes, bytesPerSecond: BYTES_PER_SECOND })
      const isGood = above < MOST_MEGABYTES
      tally[isGood ? 'passed' : 'failed']++
      console.log(`${isGood ? '✓' : '✗'} ${direction.padEnd(8)} ${way.padEnd(7)} ${protocol.padEnd(5)}  idle ${idle.toFixed(1)}  above ${above.toFixed(1)}  ${megabytesPerSecond.toFixed(1)} MB/s`)
    }
  }
  await Promise.all([bench.stop(), slow.close()])
  return tally
}

module.exports = { run }
