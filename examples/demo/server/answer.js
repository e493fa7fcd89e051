'use strict'

// Answers by quotation: of the passages in the prompt, the sentences that fit the question best, in their order, with
// the file that each is from.

const { terms } = require('./terms')

const MOST_SENTENCES = 3
const CLOSE_TO_BEST = 0.8
const HEADING_WEIGHT = 0.4
const NOTHING_FOUND = 'The passages do not say.'

/** @typedef {{ source: string, order: number, text: string, own: Set<string>, heading: Set<string> }} Statement */

/**
 * @param {string} prompt with `<passage source="FILE">…</passage>`
 * @param {string} question
 */
function answer (prompt, question) {
  const statements = passages(prompt).flatMap(statementsOf).map((statement, order) => ({ ...statement, order }))
  const asked = new Set(terms(question))
  const rarity = rarityIn(statements)
  const scored = statements
    .map(statement => ({ statement, score: score(statement, asked, rarity) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.statement.order - b.statement.order)
  const best = scored[0]
  if (!best) return NOTHING_FOUND
  const chosen = distinct(scored.filter(({ score }) => score >= best.score * CLOSE_TO_BEST).map(each => each.statement))
  return cite(chosen.slice(0, MOST_SENTENCES).sort((a, b) => a.order - b.order))
}

/** @param {string} prompt */
function passages (prompt) {
  const found = prompt.matchAll(/<passage source="([^"]*)">\n?([\s\S]*?)<\/passage>/g)
  return Array.from(found, ([, source = '', text = '']) => ({ source, text }))
}

/**
 * @param {{ source: string, text: string }} passage
 * @returns {Omit<Statement, 'order'>[]}
 */
function statementsOf ({ source, text }) {
  const heading = new Set(terms(text.split('\n').filter(isHeading).join('\n')))
  return blocks(text)
    .flatMap(sentences)
    .map(sentence => ({ source, text: sentence, own: new Set(terms(sentence)), heading }))
    .filter(statement => statement.own.size > 1)
}

/**
 * Wrapped lines of a paragraph become one; items of a list, rows of a table and lines of code stay apart.
 * @param {string} text
 */
function blocks (text) {
  /** @type {string[]} */
  const found = []
  let open = false
  let code = false
  for (const line of text.split('\n')) {
    if (/^\s*(```|~~~)/.test(line)) {
      code = !code
      open = false
    } else if (line.trim() === '' || isHeading(line) || /^\s*\|?[\s:|-]+\|?$/.test(line)) {
      open = false
    } else if (code || /^\s*\|/.test(line)) {
      found.push(line.replace(/^\s*\|\s*|\s*\|\s*$/g, '').replace(/\s*\|\s*/g, ' | ').trim())
      open = false
    } else if (open && !/^\s*([-*+]|\d+\.)\s/.test(line)) {
      found.push(`${found.pop()} ${line.trim()}`)
    } else {
      found.push(line.replace(/^\s*([-*+]|\d+\.)\s+/, '').trim())
      open = true
    }
  }
  return found
}

/** @param {string} line */
function isHeading (line) {
  return /^#{1,6} /.test(line)
}

/** @param {string} block */
function sentences (block) {
  const segments = new Intl.Segmenter('en', { granularity: 'sentence' }).segment(block)
  return Array.from(segments, ({ segment }) => segment.replaceAll('**', '').trim()).filter(Boolean)
}

/** @param {Statement[]} statements */
function rarityIn (statements) {
  /** @type {Map<string, number>} */
  const counts = new Map()
  for (const { own } of statements) for (const term of own) counts.set(term, (counts.get(term) ?? 0) + 1)
  return /** @param {string} term */ term => Math.log(1 + statements.length / (counts.get(term) ?? 1))
}

/**
 * @param {Statement} statement
 * @param {Set<string>} asked
 * @param {(term: string) => number} rarity
 */
function score ({ own, heading }, asked, rarity) {
  let sum = 0
  for (const term of asked) {
    if (own.has(term)) sum += rarity(term)
    else if (heading.has(term)) sum += rarity(term) * HEADING_WEIGHT
  }
  // A long sentence holds many words by chance.
  return sum / (1 + Math.log(1 + own.size / 12))
}

/** @param {Statement[]} statements */
function distinct (statements) {
  return [...new Map(statements.map(statement => [statement.text, statement])).values()]
}

/** @param {Statement[]} statements */
function cite (statements) {
  return statements.map(({ text, source }, at) => {
    if (source !== statements[at + 1]?.source) return `${text} (${source})`
    return /[.!?:;]$/.test(text) ? text : `${text};`
  }).join(' ')
}

module.exports = { answer, NOTHING_FOUND }
