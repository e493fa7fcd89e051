'use strict'

const { Contender } = require('../contender')
const { served } = require('../rounds')
const { place, settingOf } = require('../side-by-side')
const { kinds } = require('./kinds')
const { absence, pinningAbsence } = require('./peers')

/** Nothing here takes a client so long; one that does not answer within it counts as failed. */
const PATIENCE_MS = 30_000
/** Any would do: nothing keeps the server off it. */
const PINNED_TO = 0

/** @typedef {import('./kinds').Figures & { connections: number, server: number }} Round */

/**
 * A peer's rounds, or why it has none.
 * @typedef {object} Entry
 * @property {string} name
 * @property {string} version
 * @property {Round[]} rounds
 * @property {string} [failure]
 * @property {boolean} [isAbsent] known beforehand: it cannot be had here
 */

/** @typedef {Pick<import('./scenarios').Scenario, 'name' | 'title' | 'unit' | 'bounds'> & { entries: Entry[] }} Compared */

/**
 * Clients side by side: each warmed, then one after the other, over and over. One that cannot be installed, does not
 * run or does not answer is left out with its reason, and the others go on.
 * @param {import('./scenarios').Scenario} scenario
 * @param {readonly string[]} names
 * @param {import('./plans').Plan} plan
 * @param {import('../side-by-side').Server} server
 * @param {Record<string, string>} variables of the environment of each
 * @returns {Promise<Compared>}
 */
async function compare (scenario, names, plan, server, variables) {
  const { name, title, unit, bounds, isPinned = false } = scenario
  const surroundings = { variables, patienceMs: PATIENCE_MS, ...isPinned && { cpu: PINNED_TO } }
  const course = { scenario, plan, where: place(server, scenario.way) }
  const unpinned = isPinned ? pinningAbsence() : undefined
  const sides = names.map(name => new Side(name, unpinned ?? absence(name, scenario), course, surroundings))
  for (const side of sides) await side.trying(() => side.warm())
  const rounds = kinds[scenario.kind].isOnce === true ? Math.ceil(plan.rounds / 2) : plan.rounds
  for (let round = 0; round < rounds; round++) {
    for (const side of sides) await side.trying(() => side.round(server))
  }
  for (const side of sides) await side.end()
  return { name, title, unit, bounds, entries: sides.map(({ entry }) => entry) }
}

/** A client of a scenario, for as long as it goes well. */
class Side {
  /** @type {Contender | undefined} */ #contender
  /** @type {import('./kinds').Kind} */ #kind

  /**
   * @param {string} name
   * @param {string | undefined} failure
   * @param {import('./kinds').Course} course
   * @param {import('../contender').Surroundings} surroundings
   */
  constructor (name, failure, course, surroundings) {
    /** @type {Entry} */
    this.entry = { name, version: '', rounds: [], ...failure !== undefined && { failure, isAbsent: true } }
    this.course = course
    this.surroundings = surroundings
    this.#kind = kinds[course.scenario.kind]
  }

  /** @param {() => Promise<void>} act */
  async trying (act) {
    if (this.entry.failure !== undefined) return
    try {
      await act()
    } catch (error) {
      this.entry.failure = reason(error)
      await this.#contender?.kill()
      this.#contender = undefined
    }
  }

  async warm () {
    const { where, scenario } = this.course
    const contender = this.#contender = new Contender(this.entry.name, this.surroundings)
    await contender.open(where.origin, settingOf(where, { connections: scenario.connections }))
    this.entry.version = contender.version
    await this.#kind.warm(contender, this.course)
  }

  /** @param {import('../side-by-side').Server} server */
  async round (server) {
    if (this.#contender === undefined) await this.warm()
    const contender = /** @type {Contender} */ (this.#contender)
    await server.reset()
    const before = await server.stats()
    const figures = await this.#kind.round(contender, this.course)
    const after = await server.stats()
    this.entry.rounds.push({
      ...figures,
      connections: served(after.requestsPerConnection),
      server: (after.cpuMicros - before.cpuMicros) / Math.max(1, after.requests)
    })
    if (this.#kind.isOnce === true) await this.end()
  }

  async end () {
    await this.trying(async () => this.#contender?.close())
    this.#contender = undefined
  }
}

/** @param {unknown} error */
function reason (error) {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
  return line.trim().slice(0, 120)
}

module.exports = { compare }
