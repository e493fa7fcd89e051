'use strict'

const { launch } = require('../__tests__/servers/launch')
const { machine, machineText } = require('./report/machine')
const { save } = require('./report/save')
const { isReached, targetTable } = require('./report/targets')

/** @typedef {import('../__tests__/servers/launch').Server} Server */

/**
 * A scenario: what it measures, and what is told of that. Everything around it is the same for all.
 * @template Plan, Results
 * @typedef {object} Study
 * @property {string} name
 * @property {string} [usage] of its own options
 * @property {NonNullable<import('node:util').ParseArgsConfig['options']>} [options] beside `--quick`
 * @property {{ whole: Plan, quick: Plan }} plans `quick`: enough to see whether everything works, too little to judge by
 * @property {(plan: Plan, given: any) => Plan} [settle] the plan as its options change it; refuses what it cannot obey
 * @property {Partial<Record<'bench-server' | 'fault-server', string[]>>} [servers] with their flags
 * @property {(plan: Plan, servers: Record<'bench-server' | 'fault-server', Server>) => Promise<Results>} measure
 * @property {(results: Results, plan: Plan) => Told} tell
 */

/**
 * @typedef {object} Told
 * @property {Record<string, string>} [versions] of the clients
 * @property {import('./report/targets').Target[]} targets
 * @property {string[]} texts
 */

/**
 * @template Plan
 * @template {object} Results
 * @param {Study<Plan, Results>} study
 */
function study ({ name, usage, options, plans, settle = plan => plan, servers = {}, measure, tell }) {
  return {
    usage: ['[--quick]', ...usage === undefined ? [] : [usage]].join(' '),
    options: { quick: /** @type {const} */ ({ type: 'boolean', default: false }), ...options },
    /** @param {{ quick: boolean }} given */
    async run (given) {
      const plan = settle(given.quick ? plans.quick : plans.whole, given)
      const where = machine()
      const results = await against(servers, running => measure(plan, running))
      const { versions = {}, targets, texts } = tell(results, plan)
      const judged = targets.map(target => ({ ...target, reached: isReached(target) }))
      const file = save(name, { quick: given.quick, machine: where, plan, targets: judged, ...results })
      const all = [machineText(where, versions), ...given.quick ? ['A quick run: shorter than the targets are meant for.\n'] : [], targetTable(targets), ...texts]
      process.stdout.write(`${all.join('\n')}\nAll figures: ${file}\n`)
    }
  }
}

/**
 * @template T
 * @param {Partial<Record<'bench-server' | 'fault-server', string[]>>} wanted
 * @param {(servers: Record<'bench-server' | 'fault-server', Server>) => Promise<T>} measure
 * @returns {Promise<T>}
 */
async function against (wanted, measure) {
  /** @type {any} */ const running = {}
  try {
    for (const [name, flags] of Object.entries(wanted)) running[name] = await launch(/** @type {'bench-server'} */ (name), flags)
    return await measure(running)
  } finally {
    for (const server of Object.values(running)) await server.stop()
  }
}

module.exports = { study, against }
