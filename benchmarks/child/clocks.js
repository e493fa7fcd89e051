'use strict'

const fs = require('node:fs')

const SCHEDSTAT = `/proc/self/task/${process.pid}/schedstat`

/** @typedef {{ (): { user: number, system: number } }} CpuUsage */

const threadCpuUsage = /** @type {CpuUsage | undefined} */ (/** @type {any} */ (process).threadCpuUsage?.bind(process))

/**
 * CPU of the JavaScript thread so far, in µs; null where neither Node nor the system tells.
 * @returns {number | null}
 */
function threadMicros () {
  const waited = schedstat()
  if (waited !== null) return waited.cpuMicros
  if (threadCpuUsage === undefined) return null
  const { user, system } = threadCpuUsage()
  return user + system
}

/**
 * How long the JavaScript thread was ready and had no CPU, in µs: what others on the machine cost this run.
 * @returns {number | null} null where the system does not tell
 */
function threadWaitMicros () {
  return schedstat()?.waitMicros ?? null
}

/** The scheduler's own account, to the nanosecond. The first thread's id is the process's. */
function schedstat () {
  let text
  try {
    text = fs.readFileSync(SCHEDSTAT, 'latin1')
  } catch {
    return null
  }
  const [ran = NaN, waited = NaN] = text.split(' ', 2).map(Number)
  return { cpuMicros: ran / 1e3, waitMicros: waited / 1e3 }
}

/** CPU of the whole process so far, user and system, in µs. */
function processMicros () {
  const { user, system } = process.cpuUsage()
  return user + system
}

module.exports = { threadMicros, threadWaitMicros, processMicros }
