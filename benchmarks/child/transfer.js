'use strict'

const { threadMicros } = require('./clocks')

/**
 * A large body, one way.
 * @typedef {object} Transfer
 * @property {'upload' | 'download'} way
 * @property {string} path
 * @property {number} bytes
 */

/**
 * Carries it and measures that.
 * @param {import('../contenders').Client} client
 * @param {Transfer} transfer
 */
async function carry (client, { way, path, bytes }) {
  const thread = threadMicros() ?? NaN
  const cpu = process.cpuUsage()
  const began = performance.now()
  const carrying = client[way]
  if (carrying === undefined) throw new Error(`this client has no ${way}`)
  await carrying(path, bytes)
  const seconds = (performance.now() - began) / 1000
  const { user, system } = process.cpuUsage(cpu)
  return { seconds, cpuSeconds: (user + system) / 1e6, threadSeconds: ((threadMicros() ?? NaN) - thread) / 1e6, peakMegabytes: process.resourceUsage().maxRSS / 2 ** 10 }
}

module.exports = { carry }
