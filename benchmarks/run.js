'use strict'

// `npm run bench`: the whole comparison. `npm run bench -- NAME… [options]`: one file a scenario, each with `options`,
// `usage` and `run`, or a scenario of the comparison.

const { listing, read } = require('./command-line')
const { Refusal } = require('./refusal')

const BAD_USAGE = 2
/** What changes the way of requests without being asked. */
const FOREIGN = /^((http|https|all|no)_proxy|node_use_env_proxy|rag_pool_.*)$/i

main(process.argv.slice(2)).catch(error => {
  process.exitCode = error instanceof Refusal ? BAD_USAGE : 1
  console.error(error instanceof Refusal ? error.message : error)
})

/** @param {string[]} args */
async function main (args) {
  if (args.includes('--list')) {
    process.stdout.write(listing())
    return
  }
  // Some clients would ask a proxy, and the pool would step aside: then something else were measured.
  for (const name of Object.keys(process.env)) if (FOREIGN.test(name)) delete process.env[name]
  for (const { scenario, options } of read(args)) await scenario.run(options)
}
