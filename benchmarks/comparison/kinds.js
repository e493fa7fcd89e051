'use strict'

const { quantiles } = require('../child/quantiles')
const { settingOf } = require('../side-by-side')

/**
 * What is told of a round, whatever it did. NaN or left out where it has no such figure.
 * @typedef {object} Figures
 * @property {number} [rate] a second
 * @property {number} [thread] µs of the JavaScript thread for each
 * @property {number} [process] µs of the process for each
 * @property {number} [p50] ms
 * @property {number} [p95] ms
 * @property {number} [p99] ms
 * @property {number} [delay] event loop delay p99, ms
 * @property {number} [memory] KB of each
 * @property {number} [peak] RSS at most, MB
 * @property {number} [wait] share of the time that the JavaScript thread was ready and had no CPU, %
 * @property {number} [errors]
 */

/**
 * @typedef {object} Course
 * @property {import('./scenarios').Scenario} scenario
 * @property {import('./plans').Plan} plan
 * @property {import('../side-by-side').Place} where
 */

/** @typedef {import('../contender').Contender} Contender */

/**
 * @typedef {object} Kind
 * @property {(contender: Contender, course: Course) => Promise<unknown>} warm
 * @property {(contender: Contender, course: Course) => Promise<Figures>} round
 * @property {boolean} [isOnce] each round in a process of its own, and half as many of them
 */

/** @param {import('../contender').Figures} figures */
function ofRequests ({ perSecond, threadMicros, processMicros, latencyMicros: { p50, p95, p99 }, loopDelayMillis, peakMegabytes, waitShare, errors }) {
  return {
    rate: perSecond,
    thread: threadMicros ?? NaN,
    process: processMicros ?? NaN,
    p50: p50 / 1e3,
    p95: p95 / 1e3,
    p99: p99 / 1e3,
    delay: loopDelayMillis.p99 ?? NaN,
    peak: peakMegabytes,
    wait: 100 * (waitShare ?? NaN),
    errors: Object.values(errors).reduce((sum, count) => sum + count, 0)
  }
}

/**
 * Of who was not answered once there is nothing to tell but why.
 * @param {import('../contender').Figures} figures
 */
function ofAnswered (figures) {
  const [[code] = []] = Object.entries(figures.errors).sort(([, one], [, other]) => other - one)
  if (figures.requests === 0) throw new Error(`no request was answered (${code ?? 'none has ended'})`)
  return ofRequests(figures)
}

const WARM_LANES = 50

/** @type {Kind} */
const load = {
  warm: (contender, { scenario, plan }) => contender.load({ ...scenario.of, seconds: plan.warmSeconds }),
  round: async (contender, { scenario, plan }) => ofAnswered(await contender.load({ ...scenario.of, seconds: plan.seconds, leadInMs: plan.leadInMs }))
}

/**
 * Warmed by as many requests as can be sent: at a few hundred a second what is measured would still be interpreted, as it is
 * in no process that runs for minutes.
 * @type {Kind}
 */
const pace = {
  warm: (contender, { scenario: { of: { path } }, plan }) => contender.load({ path, lanes: WARM_LANES, seconds: plan.warmSeconds }),
  async round (contender, { scenario, plan }) {
    const paced = { ...scenario.of, seconds: plan.paceSeconds }
    // A timer for each request costs about as much as the request.
    const own = ofRequests(await contender.pace({ ...paced, sends: false }))
    const all = ofAnswered(await contender.pace(paced))
    return { ...all, thread: all.thread - own.thread, process: all.process - own.process }
  }
}

const TOKEN_EVERY_MS = 50

/**
 * @param {Contender} contender
 * @param {Course} course
 * @param {number} seconds
 */
function tokens (contender, { scenario: { of: { count } } }, seconds) {
  const tokens = Math.max(2, Math.round(seconds * 1e3 / TOKEN_EVERY_MS))
  return contender.streams({ path: `/sse?tokens=${tokens}&every=${TOKEN_EVERY_MS}`, count, tokens })
}

/** @type {Kind} */
const streams = {
  warm: (contender, course) => tokens(contender, course, course.plan.warmSeconds),
  async round (contender, course) {
    const { perSecond, threadMicros, processMicros, lagMillis: { p50, p95, p99 }, loopDelayMillis, rssKilobytes, peakMegabytes, waitShare, broken } =
      await tokens(contender, course, course.plan.streamSeconds)
    return {
      rate: perSecond, thread: threadMicros, process: processMicros, p50, p95, p99, delay: loopDelayMillis.p99, memory: rssKilobytes, peak: peakMegabytes, wait: 100 * waitShare, errors: broken
    }
  }
}

/** @type {Kind} */
const bodies = {
  async warm (contender, course) {
    for (const until = performance.now() + 1e3 * course.plan.warmSeconds; performance.now() < until;) await carried(contender, course, 1)
  },
  round: (contender, course) => carried(contender, course, course.plan.bodies)
}

/**
 * @param {Contender} contender
 * @param {Course} course
 * @param {number} count each way
 */
async function carried (contender, { scenario: { of: { bytes } } }, count) {
  const sum = { seconds: 0, cpuSeconds: 0, threadSeconds: 0, peak: 0 }
  /** @type {number[]} */
  const millis = []
  for (let body = 0; body < count; body++) {
    for (const transfer of [{ way: /** @type {const} */ ('download'), path: `/bytes?n=${bytes}`, bytes }, { way: /** @type {const} */ ('upload'), path: '/sink', bytes }]) {
      const { seconds, cpuSeconds, threadSeconds, peakMegabytes } = await contender.transfer(transfer)
      sum.seconds += seconds
      millis.push(1e3 * seconds)
      sum.cpuSeconds += cpuSeconds
      sum.threadSeconds += threadSeconds
      sum.peak = peakMegabytes
    }
  }
  const mebibytes = 2 * count * bytes / 2 ** 20
  const { p50, p95, p99 } = quantiles(Float64Array.from(millis).sort())
  return { rate: mebibytes / sum.seconds, thread: 1e6 * sum.threadSeconds / mebibytes, process: 1e6 * sum.cpuSeconds / mebibytes, p50, p95, p99, peak: sum.peak, errors: 0 }
}

/**
 * A client of the process made anew each time.
 * @type {Kind}
 */
const dials = {
  async warm (contender, course) {
    for (const until = performance.now() + 1e3 * course.plan.warmSeconds; performance.now() < until;) await dials.round(contender, course)
  },
  async round (contender, { scenario: { of, connections }, where }) {
    const { millis, threadMillis, processMillis, latencyMillis: { p50, p95, p99 }, peakMegabytes } =
      await contender.dial(where.origin, settingOf(where, { connections }), of)
    return { rate: 1e3 * of.count / millis, thread: 1e3 * threadMillis / of.count, process: 1e3 * processMillis / of.count, p50, p95, p99, peak: peakMegabytes, errors: 0 }
  }
}

/** Long enough that each request finds every connection before it taken. */
const HELD_MS = 1_000

/** @type {Kind} */
const idle = {
  isOnce: true,
  warm: contender => contender.load({ path: '/json', lanes: 1, requests: 100 }),
  async round (contender, { scenario: { of: { count } } }) {
    const before = await contender.memory()
    const { errors, peakMegabytes } = await contender.load({ path: `/delay?ms=${HELD_MS}`, lanes: count, requests: count })
    const { rssMegabytes } = await contender.memory()
    const failed = Object.values(errors).reduce((sum, count) => sum + count, 0)
    return { memory: 1024 * (rssMegabytes - before.rssMegabytes) / count, peak: peakMegabytes, errors: failed }
  }
}

/** @satisfies {Record<string, Kind>} */
const kinds = { load, pace, streams, bodies, dials, idle }

module.exports = { kinds }
