'use strict'

const { readdir, readFile, stat } = require('node:fs/promises')
const path = require('node:path')
const { Refusal } = require('./refusal')

const EXTENSIONS = ['.md', '.markdown', '.txt']
const NOT_DOCUMENTS = new Set(['node_modules', 'target', 'coverage', 'LICENSE'])
const TARGET_LENGTH = 500

/**
 * @typedef {{ source: string, text: string }} Chunk `source` is the file, from the folder on
 * @typedef {{ source: string, title: string | null }} Document
 */

/**
 * Reads a folder's documents, those of folders below too.
 * @param {string} folder
 * @returns {Promise<{ documents: Document[], chunks: Chunk[] }>}
 * @throws {Refusal} if the folder does not exist or holds no document with text in it
 */
async function readCorpus (folder) {
  const facts = await stat(folder).catch(() => null)
  if (!facts) throw new Refusal(`The folder ${folder} does not exist.`)
  if (!facts.isDirectory()) throw new Refusal(`${folder} is a file; name the folder that it is in.`)

  /** @type {Document[]} */
  const documents = []
  /** @type {Chunk[]} */
  const chunks = []
  for await (const file of documentsIn(folder)) {
    const text = await readFile(file, 'utf8')
    const source = path.relative(folder, file)
    documents.push({ source, title: /^# (.+)$/m.exec(text)?.[1] ?? null })
    chunks.push(...split(text).map(text => ({ source, text })))
  }
  if (chunks.length === 0) throw new Refusal(`The folder ${folder} holds no Markdown or text (${EXTENSIONS.join(', ')}).`)
  return { documents, chunks }
}

/**
 * @param {string} folder
 * @returns {AsyncGenerator<string>}
 */
async function * documentsIn (folder) {
  const entries = await readdir(folder, { withFileTypes: true })
  entries.sort((a, b) => a.name < b.name ? -1 : 1)
  for (const entry of entries) {
    if (entry.name.startsWith('.') || NOT_DOCUMENTS.has(entry.name)) continue
    const whole = path.join(folder, entry.name)
    if (entry.isDirectory()) yield * documentsIn(whole)
    else if (entry.isFile() && EXTENSIONS.includes(path.extname(entry.name).toLowerCase())) yield whole
  }
}

/**
 * Cuts a text at its headings, and a long section between paragraphs, items and rows. Each chunk begins with the headings
 * that it stands under, so that it can be understood alone.
 * @param {string} text
 * @returns {string[]}
 */
function split (text) {
  /** @type {string[]} */
  const chunks = []
  /** @type {string[]} */
  const headings = []
  /** @type {string[]} */
  let pieces = []
  const close = () => {
    if (pieces.length > 0) chunks.push([...headings.filter(Boolean), ...pieces].join('\n').trim())
    pieces = []
  }

  for (const piece of piecesOf(text)) {
    const level = /^#{1,6}(?= )/.exec(piece)?.[0].length
    if (level) {
      close()
      headings.length = level - 1
      headings[level - 1] = piece
    } else {
      if (pieces.length > 0 && pieces.join('').length + piece.length > TARGET_LENGTH) close()
      pieces.push(piece)
    }
  }
  close()
  return chunks
}

/**
 * What is not cut further: a heading, a paragraph, an item of a list, a row of a table, code in its fence. A piece
 * after an empty line begins with one.
 * @param {string} text
 */
function piecesOf (text) {
  /** @type {string[][]} */
  const found = [['']]
  let fenced = false
  /** @param {string} line */
  const begin = line => found.at(-1)?.join('') === '' ? found.at(-1)?.push(line) : found.push([line])

  for (const line of text.split(/\r?\n/)) {
    const fence = /^\s*(```|~~~)/.test(line)
    if (fence && !fenced) begin(line)
    else if (fenced) found.at(-1)?.push(line)
    else if (/^#{1,6} /.test(line)) found.push([line], [''])
    else if (line.trim() === '') found.push([''])
    else if (/^\s*(\||[-*+] |\d+\. )/.test(line)) begin(line)
    else found.at(-1)?.push(line)
    if (fence) fenced = !fenced
  }
  return found.map(lines => lines.join('\n')).filter(piece => piece.trim() !== '')
}

module.exports = { readCorpus, split }
