'use strict'

// What a job takes of the process that does it.

const { readFileSync } = require('node:fs')

/**
 * @typedef {object} Figures
 * @property {number} wallMs
 * @property {number | null} threadMs CPU of the JavaScript thread; null where the system tells of the process alone
 * @property {number} processMs CPU of the whole process
 */

/**
 * @param {() => Promise<void>} work
 * @returns {Promise<Figures>}
 */
async function measured (work) {
  const before = clocks()
  await work()
  const after = clocks()
  return {
    wallMs: after.wallMs - before.wallMs,
    threadMs: after.threadMs === null || before.threadMs === null ? null : after.threadMs - before.threadMs,
    processMs: after.processMs - before.processMs
  }
}

/** @returns {Figures} */
function clocks () {
  return { wallMs: performance.now(), threadMs: threadMs(), processMs: milliseconds(process.cpuUsage()) }
}

function threadMs () {
  /** @type {(() => NodeJS.CpuUsage) | undefined} */
  const threadCpuUsage = /** @type {any} */ (process).threadCpuUsage
  if (threadCpuUsage !== undefined) return milliseconds(threadCpuUsage.call(process))
  try {
    // Linux tells, in nanoseconds, of each thread; the one that runs JavaScript has the number of its process.
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'latin1').split(' ')[0]) / 1e6
  } catch {
    return null
  }
}

/** @param {NodeJS.CpuUsage} usage in microseconds */
function milliseconds ({ user, system }) {
  return (user + system) / 1000
}

module.exports = { measured }
