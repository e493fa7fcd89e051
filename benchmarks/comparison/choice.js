'use strict'

const { Refusal, count } = require('../refusal')
const { ABSENT, OURS, PEERS, REQUEST } = require('./peers')
const { SCENARIOS } = require('./scenarios')

/** What is no comparison with others, and yet a part of it. */
const CLASSICS = 'classics'

/** @typedef {import('./plans').Plan} Plan */

/**
 * What is measured: everything, unless the command line says which scenarios, which peers or how many rounds.
 * @param {{ scenario?: string[], peers?: string[], rounds?: string }} given
 * @param {Plan} plan
 */
function choose (given, plan) {
  const scenarios = named('scenario', given.scenario, scenarioNames())
  const peers = named('peer', given.peers, peerNames())
  const wanted = SCENARIOS.filter(({ name }) => scenarios?.includes(name) ?? true)
  return {
    hasClassics: scenarios?.includes(CLASSICS) ?? peers === undefined,
    chosen: wanted.map(scenario => ({ scenario, names: peers ?? (plan.isBrief ? few(scenario) : scenario.peers) })),
    plan: given.rounds === undefined ? plan : { ...plan, rounds: count('rounds', given.rounds) }
  }
}

/**
 * All where all stand side by side, else ours and those to which it has to keep a ratio.
 * @param {import('./scenarios').Scenario} scenario
 */
function few ({ name, peers, bounds }) {
  const wanted = [OURS, ...REQUEST, ...bounds.flatMap(({ beside = [] }) => beside)]
  return name === 'json-50' ? peers : peers.filter(peer => wanted.includes(peer))
}

/**
 * @param {string} what
 * @param {string[] | undefined} values each one name or several with commas
 * @param {readonly string[]} known
 * @returns {string[] | undefined}
 */
function named (what, values, known) {
  const names = values?.flatMap(value => value.split(',')).map(name => known.find(one => one === name || dashed(one) === name) ?? name)
  const unknown = names?.find(name => !known.includes(name))
  if (unknown !== undefined) throw new Refusal(`There is no ${what} '${unknown}'. The ${what}s are: ${known.map(dashed).join(', ')}`)
  return names
}

/**
 * A name as it is written in a command line, where a space or a comma would end it.
 * @param {string} name
 */
function dashed (name) {
  return name.replaceAll(/[ ,]+/g, '-')
}

function scenarioNames () {
  return [CLASSICS, ...SCENARIOS.map(({ name }) => name)]
}

function peerNames () {
  return [...PEERS, ...Object.keys(ABSENT)]
}

/** What there is, for people. */
function listed () {
  const titles = [`  ${CLASSICS.padEnd(11)} what the replaced module was judged by`, ...SCENARIOS.map(({ name, title }) => `  ${name.padEnd(11)} ${title}`)]
  return `Scenarios of the comparison (--scenario):\n${titles.join('\n')}\nPeers (--peers):\n  ${peerNames().map(dashed).join(', ')}\n`
}

module.exports = { choose, listed, scenarioNames }
