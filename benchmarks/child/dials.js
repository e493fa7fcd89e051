'use strict'

const { processMicros, threadMicros } = require('./clocks')
const { quantiles } = require('./quantiles')

/**
 * Requests of a fresh client.
 * @typedef {object} Dials
 * @property {string} path
 * @property {number} count requests
 * @property {boolean} together all at once, each on a connection of its own; else one after the other
 */

/**
 * Makes a client, sends, and measures until the last reply is read.
 * @param {import('../contenders').Open | undefined} open
 * @param {string} origin
 * @param {import('../contenders').Setting} setting
 * @param {Dials} dials
 */
async function dial (open, origin, setting, { path, count, together }) {
  if (open === undefined) throw new Error('there is no such client')
  const client = await open(origin, setting)
  const before = { millis: performance.now(), thread: threadMicros() ?? NaN, process: processMicros() }
  const latencies = new Float64Array(count)
  const one = async (/** @type {number} */ index) => {
    const asked = performance.now()
    await client.call(path)
    latencies[index] = performance.now() - asked
  }
  if (together) await Promise.all(Array.from({ length: count }, (_, index) => one(index)))
  else for (let index = 0; index < count; index++) await one(index)
  const millis = performance.now() - before.millis
  const threadMillis = ((threadMicros() ?? NaN) - before.thread) / 1e3
  const processMillis = (processMicros() - before.process) / 1e3
  await client.close()
  return { millis, threadMillis, processMillis, latencyMillis: quantiles(latencies.sort()), peakMegabytes: process.resourceUsage().maxRSS / 2 ** 10 }
}

module.exports = { dial }
