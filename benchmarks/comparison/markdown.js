'use strict'

const { failuresOf, rowsOf } = require('./rows')

/** @typedef {import('./results').Results} Results */

/**
 * The whole comparison as Markdown.
 * @param {Results} results
 */
function markdown ({ date, quick, where, versions, targets, classics, compared }) {
  return [
    `# Comparison of ${date.slice(0, 10)}`,
    where,
    `Versions: ${Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(', ')}.`,
    ...quick ? ['A quick run: shorter than the targets are meant for.'] : [],
    ...judged('Targets', targets, []),
    ...judged('The classics', classics, ['the replaced module']),
    ...compared.flatMap(one => {
      const { head, rows } = rowsOf(one)
      return [`## ${one.title}`, ...rows.length === 0 ? [] : [grid(head, rows)], ...failuresOf(one).length === 0 ? [] : [failuresOf(one).map(line => `- ${line}`).join('\n')]]
    })
  ].join('\n\n') + '\n'
}

/**
 * @param {string} title
 * @param {import('./results').Judged[]} targets
 * @param {string[]} more heads of further columns
 */
function judged (title, targets, more) {
  if (targets.length === 0) return []
  const rows = targets.map(({ what, shown, spread = '', must, reached, replaced = '' }) =>
    [`${reached ? '✓' : '✗'} ${what}`, shown, spread, must, reached ? 'reached' : 'missed', ...more.length === 0 ? [] : [replaced]])
  return [`## ${title}`, grid(['', 'measured', 'least–most', 'must be', '', ...more], rows)]
}

/**
 * @param {readonly string[]} head
 * @param {readonly (readonly string[])[]} rows
 */
function grid (head, rows) {
  const line = (/** @type {readonly string[]} */ cells) => `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), `|${head.map((_, i) => i === 0 ? '---' : '--:').join('|')}|`, ...rows.map(line)].join('\n')
}

module.exports = { markdown, grid }
