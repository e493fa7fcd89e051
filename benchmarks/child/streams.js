'use strict'

const { processMicros, threadMicros, threadWaitMicros } = require('./clocks')
const { LoopDelay } = require('./loop-delay')
const { quantiles } = require('./quantiles')

const RSS_EVERY_MS = 100
const INDEX = '"index":'
const SENT = '"sent":'
/** Of microseconds since the epoch, until the year 2286. */
const MICROS_DIGITS = 16
/** Without the Buffer that would be made for it. */
const { latin1Slice } = /** @type {any} */ (Buffer.prototype)

/** What the process held before its first stream. @type {number | undefined} */
let held

/**
 * So many streams of server-sent events at once.
 * @typedef {object} Streams
 * @property {string} path of a stream; each of its events has `index` and `sent`
 * @property {number} count
 * @property {number} tokens that each has to have
 */

/**
 * Reads them all, chunk by chunk, and measures what that took.
 * @param {import('../contenders').Client} client
 * @param {Streams} streams
 */
async function read (client, { path, count, tokens }) {
  const open = client.stream
  if (open === undefined) throw new Error('this client has no streams')
  if (held === undefined) {
    global.gc?.()
    held = process.memoryUsage.rss()
  }
  let most = held
  const timer = setInterval(() => { most = Math.max(most, process.memoryUsage.rss()) }, RSS_EVERY_MS)
  const loopDelay = new LoopDelay()
  loopDelay.start()
  const lags = new Float64Array(count * tokens)
  const firsts = new Float64Array(count)
  const before = { process: processMicros(), thread: threadMicros() ?? NaN, wait: threadWaitMicros() ?? NaN, millis: performance.now() }
  const broken = await Promise.all(Array.from({ length: count }, (_, i) => one(open, path, tokens, lags.subarray(i * tokens, (i + 1) * tokens), firsts.subarray(i, i + 1))))
  const after = { process: processMicros(), thread: threadMicros() ?? NaN, wait: threadWaitMicros() ?? NaN, millis: performance.now() }
  clearInterval(timer)
  loopDelay.stop()
  firsts.sort()
  return {
    threadMicros: (after.thread - before.thread) / (count * tokens),
    processMicros: (after.process - before.process) / (count * tokens),
    waitShare: (after.wait - before.wait) / 1e3 / (after.millis - before.millis),
    seconds: (after.millis - before.millis) / 1e3,
    perSecond: count * tokens / (after.millis - before.millis) * 1e3,
    loopDelayMillis: { p99: loopDelay.millis(99) },
    peakMegabytes: process.resourceUsage().maxRSS / 2 ** 10,
    rssKilobytes: (most - held) / 1024 / count,
    lagMillis: quantiles(lags.map(micros => micros / 1e3).sort()),
    /** From the call to its first token; `jump` is the most between one stream and the next that waited longer. */
    firstMillis: { p50: firsts[count >> 1] ?? NaN, most: firsts.at(-1) ?? NaN, jump: firsts.reduce((jump, at, i) => Math.max(jump, at - (firsts[i - 1] ?? at)), 0) },
    broken: broken.filter(isBroken => isBroken).length
  }
}

/**
 * @param {NonNullable<import('../contenders').Client['stream']>} open
 * @param {string} path
 * @param {number} tokens
 * @param {Float64Array} lags in µs, filled in
 * @param {Float64Array} first ms to the first token, filled in
 * @returns {Promise<boolean>} whether a token was missing or out of order
 */
async function one (open, path, tokens, lags, first) {
  const asked = performance.now()
  let rest = ''
  let next = 0
  let isBroken = false
  await open(path, chunk => {
    const now = (performance.timeOrigin + performance.now()) * 1e3
    const text = rest + latin1Slice.call(chunk, 0, chunk.length)
    let begun = 0
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n', begun)) {
      if (!text.startsWith('data: [DONE]', begun)) {
        // By hand: what both sides would spend on JSON is not what is measured.
        const index = text.indexOf(INDEX, begun) + INDEX.length
        if (Number.parseInt(text.substring(index, index + 4)) !== next) isBroken = true
        const sent = text.indexOf(SENT, index) + SENT.length
        if (next === 0) first[0] = performance.now() - asked
        lags[next++] = now - Number(text.substring(sent, sent + MICROS_DIGITS))
      }
      begun = end + 2
    }
    rest = text.substring(begun)
  })
  return isBroken || next !== tokens || rest !== ''
}

module.exports = { read }
