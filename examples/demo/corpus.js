'use strict'

const { readdir, readFile, stat } = require('node:fs/promises')
const path = require('node:path')
const { Refusal } = require('./refusal')

const EXTENSIONS = ['.md', '.markdown', '.txt']
const NOT_DOCUMENTS = new Set(['node_modules', 'target', 'coverage', 'LICENSE'])
const TARGET_LENGTH = 800

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
 * Cuts a text at its headings, and a long section between paragraphs. Each chunk begins with the headings that it
 * stands under, so that it can be understood alone.
 * @param {string} text
 * @returns {string[]}
 */
function split (text) {
  /** @type {string[]} */
  const chunks = []
  /** @type {string[]} */
  const headings = []
  /** @type {string[]} */
  let paragraphs = []
  const close = () => {
    if (paragraphs.length > 0) chunks.push([...headings.filter(Boolean), ...paragraphs].join('\n\n'))
    paragraphs = []
  }

  for (const paragraph of paragraphsOf(text)) {
    const level = /^#{1,6}(?= )/.exec(paragraph)?.[0].length
    if (level) {
      close()
      headings.length = level - 1
      headings[level - 1] = paragraph
    } else {
      if (paragraphs.length > 0 && paragraphs.join('').length + paragraph.length > TARGET_LENGTH) close()
      paragraphs.push(paragraph)
    }
  }
  close()
  return chunks
}

/**
 * Paragraphs, with each heading a paragraph of its own and code in fences left whole.
 * @param {string} text
 */
function paragraphsOf (text) {
  /** @type {string[][]} */
  const found = [[]]
  let fenced = false
  for (const line of text.split(/\r?\n/)) {
    const heading = !fenced && /^#{1,6} /.test(line)
    if (/^\s*(```|~~~)/.test(line)) fenced = !fenced
    if (heading) found.push([line], [])
    else if (line.trim() === '' && !fenced) found.push([])
    else found.at(-1)?.push(line)
  }
  return found.map(lines => lines.join('\n')).filter(paragraph => paragraph.trim() !== '')
}

module.exports = { readCorpus, split }
