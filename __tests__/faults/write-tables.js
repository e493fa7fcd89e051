'use strict'

// Writes the tables of RELIABILITY.md that are made of the rows which `npm run test:faults` plays.

const { readFileSync, writeFileSync } = require('node:fs')
const path = require('node:path')

const { groups } = require('./rows')
const { dials } = require('./dial-rows')
const { h2 } = require('./h2-rows')
const { names } = require('./name-rows')

const FILE = path.join(__dirname, '..', '..', 'RELIABILITY.md')
const BEGIN = '<!-- made by __tests__/faults/write-tables.js -->\n'
const END = '<!-- end -->\n'

/** @typedef {string | string[]} Seen */
/** @typedef {{ fault: string, sees: Seen, agent?: Seen | null, connection: string, agentConnection?: string }} Row */

function tables () {
  const all = [
    ...Object.entries(groups).map(([heading, rows]) => section(`${heading} (HTTP/1.1, in clear and over TLS)`, rows)),
    section('HTTP/2 (`request` and `fetch`)', h2),
    section('Names', names),
    section('Dials and TLS handshakes', dials)
  ]
  return all.join('\n')
}

/**
 * @param {string} heading
 * @param {Row[]} rows
 */
function section (heading, rows) {
  const lines = rows.map(({ fault, sees, agent, connection, agentConnection }) =>
    `| ${fault} | ${each(sees, agent)} | ${connection}${agentConnection === undefined ? '' : `; an agent's: ${agentConnection}`} |`)
  return `### ${heading}\n\n| fault | what the caller sees | the connection |\n|---|---|---|\n${lines.join('\n')}\n`
}

/**
 * @param {Seen} sees
 * @param {Seen | null} [agent]
 */
function each (sees, agent) {
  if (agent === undefined) return shown(sees)
  return agent === null ? `${shown(sees)} (not through an agent)` : `${shown(sees)}; through an agent: ${shown(agent)}`
}

/** @param {Seen} seen */
function shown (seen) {
  return [seen].flat().map(one => `\`${one.trim()}\``).join(' or ')
}

/** RELIABILITY.md with its tables as they have to be. */
function written () {
  const text = readFileSync(FILE, 'utf8')
  const [before, rest] = text.split(BEGIN)
  const after = rest?.split(END)[1]
  if (before === undefined || after === undefined) throw new Error(`RELIABILITY.md lacks '${BEGIN.trim()}' and '${END.trim()}'`)
  return `${before}${BEGIN}\n${tables()}\n${END}${after}`
}

if (require.main === module) writeFileSync(FILE, written())

module.exports = { written }
