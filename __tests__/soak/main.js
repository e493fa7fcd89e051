'use strict'

// `npm run soak`: whether anything is lost, stuck or left behind.

const { readArguments, USAGE } = require('./arguments')
const { Refusal } = require('../../benchmarks/refusal')

const BAD_USAGE = 2

/** @type {Record<string, (plan: any) => Promise<{ passed: number, failed: number }>>} */
const PARTS = {
  chaos: plan => require('./chaos').Chaos.run(plan),
  backpressure: plan => require('./parts/backpressure').run(plan),
  streams: plan => require('./parts/streams').run(plan),
  neighbours: plan => require('./parts/neighbours').run(plan)
}

main(process.argv.slice(2)).catch(error => {
  process.exitCode = error instanceof Refusal ? BAD_USAGE : 1
  console.error(error instanceof Refusal ? error.message : error)
})

/** @param {string[]} args */
async function main (args) {
  const plan = readArguments(args)
  if (plan.help) return void process.stdout.write(USAGE)
  console.log(`${plan.part}${plan.part === 'chaos' ? `: ${plan.minutes} minutes, ${plan.inFlight} in flight, seed ${plan.seed}` : ''}`)
  const { passed, failed } = await PARTS[plan.part](plan)
  console.log(`${passed} passed, ${failed} failed`)
  process.exitCode = failed === 0 ? 0 : 1
}
