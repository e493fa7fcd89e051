'use strict'

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
  const cpu = process.cpuUsage()
  const began = performance.now()
  await client[way]?.(path, bytes)
  const seconds = (performance.now() - began) / 1000
  const { user, system } = process.cpuUsage(cpu)
  return { seconds, cpuSeconds: (user + system) / 1e6 }
}

module.exports = { carry }
