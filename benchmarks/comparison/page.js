'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { isWhole } = require('./judging')
const { OURS } = require('./peers')
const { failuresOf, rowsOf, spreadOf } = require('./rows')

/** @typedef {import('./results').Results} Results */

const PLOTTER = path.dirname(require.resolve('uplot'))
const DRAWING = path.join(__dirname, 'drawing.js')

/**
 * What is drawn of each client, in this order of preference for two plots a scenario.
 * @type {[import('./rows').Key, (unit: string) => string][]}
 */
const DRAWN = [
  ['rate', unit => `${unit}s a second`], ['process', unit => `CPU of the process, µs a ${unit}`], ['thread', unit => `CPU of the JavaScript thread, µs a ${unit}`],
  ['p99', () => 'p99, ms'], ['memory', unit => `KB a ${unit}`]
]

/**
 * One page that needs nothing else: the plots' library, their data and everything in words.
 * @param {Results} results
 */
function page (results) {
  const { date, quick, where, versions, targets, classics, compared } = results
  return [
    '<!doctype html><html lang="en"><meta charset="utf-8">',
    `<title>rag-connection-pool, measured ${text(date.slice(0, 10))}</title>`,
    `<style>${read('uPlot.min.css')}${STYLE}</style>`,
    `<h1>rag-connection-pool beside its peers</h1><p>${text(date.slice(0, 10))}. ${text(where)}</p>`,
    `<p>${text(Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(', '))}</p>`,
    quick ? '<p><b>A quick run: shorter than the targets are meant for.</b></p>' : '',
    judged('Targets', targets), judged('The classics', classics),
    '<p>Below: bars are medians of the rounds, lines go from the least to the most; ÷ is a ratio to undici\'s request, the better of its versions, round by round.</p>',
    ...compared.map(section),
    `<script>${inScript(read('uPlot.iife.min.js'))}</script>`,
    `<script>const plots = ${inScript(JSON.stringify(compared.map(plotsOf)))}</script>`,
    `<script>${inScript(fs.readFileSync(DRAWING, 'utf8'))}</script></html>`
  ].join('\n')
}

/** @param {string} file of the plots' library */
function read (file) {
  return fs.readFileSync(path.join(PLOTTER, file), 'utf8')
}

/**
 * The plots of a scenario: a bar for each client, from the least to the most of its rounds a line.
 * @param {import('./compare').Compared} compared
 */
function plotsOf ({ unit, entries }) {
  const measured = entries.filter(isWhole)
  return DRAWN.map(([key, what]) => ({
    what: what(unit),
    bars: measured.map(entry => ({ name: entry.name, isOurs: entry.name === OURS, ...spreadOf(entry, key) })).filter(({ median }) => Number.isFinite(median))
  })).filter(({ bars }) => bars.length > 0)
}

/**
 * @param {import('./compare').Compared} compared
 * @param {number} index
 */
function section (compared, index) {
  const { head, rows } = rowsOf(compared)
  return `<h2 id="${text(compared.name)}">${text(compared.title)}</h2><div class="plots" data-plots="${index}"></div>` + (rows.length === 0 ? '' : grid(head, rows)) +
    failuresOf(compared).map(line => `<p>${text(line)}</p>`).join('')
}

/**
 * @param {string} title
 * @param {import('./results').Judged[]} targets
 */
function judged (title, targets) {
  if (targets.length === 0) return ''
  const rows = targets.map(({ what, shown, spread = '', must, reached, replaced = '' }) => [what, shown, spread, must, reached ? '✓ reached' : '✗ missed', replaced])
  return `<h2>${text(title)}</h2>` + grid(['', 'measured', 'least–most', 'must be', '', title === 'The classics' ? 'the replaced module' : ''], rows)
}

/**
 * @param {readonly string[]} head
 * @param {readonly (readonly string[])[]} rows
 */
function grid (head, rows) {
  const line = (/** @type {string} */ tag, /** @type {readonly string[]} */ cells) => `<tr>${cells.map(cell => `<${tag}>${text(cell)}</${tag}>`).join('')}</tr>`
  return `<div class="wide"><table><thead>${line('th', head)}</thead><tbody>${rows.map(row => line('td', row)).join('')}</tbody></table></div>`
}

/** @param {string} value */
function text (value) {
  return value.replace(/[&<>"]/g, character => `&#${character.charCodeAt(0)};`)
}

/**
 * Nothing in a script may end it.
 * @param {string} code
 */
function inScript (code) {
  return code.replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--')
}

const STYLE = `
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; color: #222; background: #fff }
h2 { margin-top: 2.5rem; font-size: 1.15rem }
.wide { overflow-x: auto } .plots { display: flex; flex-wrap: wrap; gap: 1rem }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums }
th, td { padding: .2rem .6rem; text-align: right; border-bottom: 1px solid #ddd; white-space: nowrap }
th:first-child, td:first-child { text-align: left }
`

module.exports = { page }
