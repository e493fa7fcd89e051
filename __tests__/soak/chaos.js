'use strict'

const { Calls } = require('./calls')
const { Dice } = require('./dice')
const { Leavings } = require('./leavings')
const { Roster } = require('./roster')
const { Stage } = require('./stage')
const { begin, patienceMs } = require('./traffic')
const { Workers } = require('./workers')

const TENTHS = 10
const LINE_EVERY_MS = 5000
const GREET_EVERY_MS = 2000
/** By which RSS may differ from that after the first tenth. */
const GROWTH = 0.05

/** Mixed traffic, faults, aborts, pools and workers that come and go; after each tenth all of it ends and nothing is left. */
class Chaos {
  #calls = new Calls()
  #fault = (/** @type {string} */ sentence) => this.#calls.faults.add(sentence)
  #beat = new Beat()
  #going = false
  /** @type {number[]} */ #memory = []

  /**
   * @param {{ minutes: number, seed: number, inFlight: number }} plan
   * @param {Stage} stage
   * @param {Dice} dice
   */
  constructor (plan, stage, dice) {
    this.plan = plan
    this.dice = dice
    this.stage = stage
    this.roster = new Roster(dice, stage, this.#fault)
    this.workers = new Workers(new Dice(dice.split()), stage, this.#fault)
  }

  /** @param {{ minutes: number, seed: number, inFlight: number }} plan */
  static async run (plan) {
    const dice = new Dice(plan.seed)
    const stage = await Stage.open(dice)
    try {
      return await new Chaos(plan, stage, dice).#run()
    } finally {
      await stage.close()
    }
  }

  async #run () {
    const leavings = new Leavings(this.stage)
    await this.#warm()
    this.begun = performance.now()
    for (let tenth = 1; tenth <= TENTHS; tenth++) {
      await this.stage.turn(tenth)
      await this.#tenth(tenth)
      for (const left of await leavings.faults(this.roster)) this.#fault(`after tenth ${tenth}: ${left}`)
      this.#memory.push(await memory())
      this.#line(`tenth ${tenth} over, nothing in flight: RSS ${this.#memory.at(-1)?.toFixed(1)} MB after GC`)
    }
    this.#beat.stop()
    this.#calls.stop()
    return this.#verdict()
  }

  /**
   * The engine keeps the figures of the pools that were destroyed last. However short the first tenth is, that place is full
   * in it, or it would pass for growth.
   */
  async #warm () {
    for (let i = 0; i < PAST_POOLS; i++) {
      const { pool } = this.roster.fresh()
      const origins = [...Object.values(this.stage.origins), ...Object.values(this.stage.closing)]
      await Promise.all(origins.map(async origin => (await pool.request(`${origin}/ok`)).body.text()))
      pool.destroy()
    }
  }

  /** Traffic until a tenth of the time is over, then until the last request has settled. @param {number} tenth */
  async #tenth (tenth) {
    const end = this.begun + endOf(tenth, this.plan.minutes * 60_000)
    this.#going = true
    this.#fill()
    const greetings = setInterval(() => { void this.stage.greet() }, GREET_EVERY_MS)
    const lines = setInterval(() => this.#sample(), LINE_EVERY_MS)
    await sleep(Math.max(end - performance.now(), LEAST_MS))
    this.#going = false
    clearInterval(greetings)
    while (this.#calls.open.size > 0 && !this.#isStuck()) await sleep(20)
    clearInterval(lines)
    this.#sample()
    await this.workers.clear()
    this.roster.clear()
    this.roster.audit()
  }

  /** Whether all that is still there has been named as not settling. */
  #isStuck () {
    return [...this.#calls.open].every(call => call.isNamed)
  }

  #fill () {
    if (!this.#going) return
    this.workers.tend()
    // A pool that ends takes hundreds along. Begun anew in one go, they would stop everything else for a second.
    const until = performance.now() + FILL_FOR_MS
    while (this.#calls.open.size < this.plan.inFlight && performance.now() < until) {
      void begin(this.#calls, this.dice, this.stage, this.roster.pick(), patienceMs(this.plan.inFlight))
    }
    setTimeout(() => this.#fill(), FILL_EVERY_MS)
  }

  #sample () {
    const { pools, ending, connections } = this.roster.audit()
    const { outcomes, settled, open } = this.#calls
    const ok = outcomes.get('ok') ?? 0
    const aborted = outcomes.get('aborted') ?? 0
    this.#line(`${open.size} in flight, ${settled} settled (${ok} ok, ${aborted} aborted, ${settled - ok - aborted} failed), ` +
      `${connections} connections of ${pools} pools (${ending} ending, ${this.roster.made} made), ${this.workers.made} workers, ` +
      `loop delay ≤ ${this.#beat.longest()} ms, RSS ${(process.memoryUsage.rss() / 2 ** 20).toFixed(0)} MB`)
  }

  /** @param {string} text */
  #line (text) {
    console.log(`${((performance.now() - this.begun) / 1000).toFixed(0).padStart(5)} s  ${text}`)
  }

  #verdict () {
    const [first = NaN] = this.#memory
    const last = /** @type {number} */ (this.#memory.at(-1))
    const growth = (last - first) / first
    if (growth > GROWTH) this.#fault(`RSS grew by ${(100 * growth).toFixed(1)} % from ${first.toFixed(1)} MB after the first tenth to ${last.toFixed(1)} MB`)
    const { outcomes, kinds, settled, faults } = this.#calls
    const list = (/** @type {Map<string, number>} */ counts) => [...counts].sort(([, a], [, b]) => b - a).map(([name, count]) => `${name} ${count}`).join(', ')
    console.log(`\n${settled} requests (and ${this.workers.requests} or more in ${this.workers.made} workers) on ${this.roster.made} pools; seed ${this.plan.seed}`)
    console.log(`outcomes: ${list(outcomes)}\nkinds: ${list(kinds)}`)
    console.log(`RSS after GC, MB, by tenth: ${this.#memory.map(value => value.toFixed(1)).join(' ')} (${growth < 0 ? '−' : '+'}${Math.abs(100 * growth).toFixed(1)} %)`)
    for (const [sentence, count] of faults) console.log(`✗ ${sentence}${count > 1 ? ` (${count} times)` : ''}`)
    const checks = TENTHS + ['settled once and in time', 'replies as sent', 'books', 'memory'].length
    return { passed: Math.max(0, checks - faults.size), failed: faults.size }
  }
}

/** How long the event loop was held up. Node's histogram forgets the delay in which it is reset, which is the one that is asked for. */
class Beat {
  #last = performance.now()
  #longest = 0
  #timer = setInterval(() => this.#take(), BEAT_MS)

  #take () {
    const now = performance.now()
    this.#longest = Math.max(this.#longest, now - this.#last - BEAT_MS)
    this.#last = now
  }

  /** In ms, since it was last asked. */
  longest () {
    this.#take()
    const longest = Math.round(this.#longest)
    this.#longest = 0
    return longest
  }

  stop () {
    clearInterval(this.#timer)
  }
}

const BEAT_MS = 10
const FILL_EVERY_MS = 5
const FILL_FOR_MS = 100
const LEAST_MS = 1000
/** As many as `MOST_PAST` of src/binding/pools.rs. */
const PAST_POOLS = 64

/**
 * The first takes three minutes, if the run has six: until then allocators still grow to what the traffic wants at a time, and
 * to what the first hundred threads leave behind, those of a process without this package too.
 * @param {number} tenth
 * @param {number} whole ms
 */
function endOf (tenth, whole) {
  const first = Math.max(whole / TENTHS, Math.min(whole / 2, FIRST_MS))
  return first + (tenth - 1) * (whole - first) / (TENTHS - 1)
}

const FIRST_MS = 180_000

/** RSS in MB after garbage collections: several, because what a finalizer lets go is collected by the next. */
async function memory () {
  for (let i = 0; i < 4; i++) {
    global.gc?.()
    await sleep(20)
  }
  fillYoung()
  return process.memoryUsage.rss() / 2 ** 20
}

/** A collection may give the pages of the young generation back or keep them: 32 MB that say nothing of what was left. */
function fillYoung () {
  let last = [0]
  for (let i = 0; i < YOUNG_ARRAYS; i++) last = [i, last.length]
  return last
}

const YOUNG_ARRAYS = 2_000_000

/** @param {number} ms */
const sleep = ms => new Promise(resolve => { setTimeout(resolve, ms) })

module.exports = { Chaos }
