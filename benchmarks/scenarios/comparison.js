'use strict'

const { classics } = require('../comparison/classics')
const { choose } = require('../comparison/choice')
const { compare } = require('../comparison/compare')
const { targetsOf } = require('../comparison/judging')
const { markdown } = require('../comparison/markdown')
const { page } = require('../comparison/page')
const { plans } = require('../comparison/plans')
const { judge } = require('../comparison/results')
const { failuresOf, rowsOf } = require('../comparison/rows')
const { machine, machineText } = require('../report/machine')
const { write } = require('../report/save')
const { table } = require('../report/table')
const { targetTable } = require('../report/targets')
const { against } = require('../study')
const { trusting } = require('../trust')

const usage = '[--quick] [--scenario NAME,…] [--peers NAME,…] [--rounds N] [--into FOLDER]'
const options = /** @type {const} */ ({
  quick: { type: 'boolean', default: false }, scenario: { type: 'string', multiple: true }, peers: { type: 'string', multiple: true }, rounds: { type: 'string' }, into: { type: 'string' }
})

/**
 * The whole comparison, or the parts of it that are asked for: everything that a user would pick instead, side by side.
 * @param {{ quick: boolean, scenario?: string[], peers?: string[], rounds?: string, into?: string }} given
 */
async function run (given) {
  const { chosen, hasClassics, plan } = choose(given, given.quick ? plans.quick : plans.whole)
  const where = machine()
  const text = machineText(where, {})
  tell(text)
  const results = await against({ 'bench-server': [] }, ({ 'bench-server': server }) => trusting(server.ca, async variables => {
    const classic = judge(hasClassics ? await classics(server, plan.classics) : [])
    if (hasClassics) tell(classicsText(classic))
    const compared = []
    for (const { scenario, names } of chosen) {
      const one = await compare(scenario, names, plan, server, variables)
      tell(comparedText(one))
      compared.push(one)
    }
    return { classics: classic, compared }
  }))
  const targets = judge(results.compared.flatMap(targetsOf))
  if (targets.length > 0) tell(targetTable(targets))
  const date = new Date().toISOString()
  keep({ date, quick: given.quick, where: text.trim().replace('\n', '. ') + '.', machine: where, plan, versions: versionsOf(results.compared), targets, ...results }, given.into)
}

/** @param {string} text */
function tell (text) {
  process.stdout.write(text + '\n')
}

/**
 * @param {import('../comparison/results').Results} results
 * @param {string} [folder]
 */
function keep (results, folder) {
  const contents = { '.json': JSON.stringify(results, null, 2) + '\n', '.md': markdown(results), '.html': page(results) }
  const files = Object.entries(contents).map(([suffix, content]) => write(results.date, suffix, content, folder))
  tell(`All figures: ${files.join(', ')}`)
}

/** @param {import('../comparison/compare').Compared[]} compared */
function versionsOf (compared) {
  return Object.fromEntries(compared.flatMap(({ entries }) => entries).filter(({ version }) => version !== '').map(({ name, version }) => [name, version]))
}

/** @param {import('../comparison/compare').Compared} compared */
function comparedText (compared) {
  const { head, rows } = rowsOf(compared)
  const failures = failuresOf(compared).map(line => `  ${line}\n`).join('')
  return `${compared.title} (${compared.name}; ÷: of undici's request, the better of its versions)\n${rows.length === 0 ? '' : table(head, rows)}${failures}`
}

/** @param {import('../comparison/results').Judged[]} classics */
function classicsText (classics) {
  const rows = classics.map(({ what, shown, spread = '', must, reached, replaced = '' }) => [`${reached ? '✓' : '✗'} ${what}`, shown, spread, must, replaced])
  return `The classics\n${table(['', 'measured', 'least–most', 'must be', 'the replaced module'], rows)}`
}

module.exports = { usage, options, run }
