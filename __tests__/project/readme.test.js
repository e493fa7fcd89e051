'use strict'

const { existsSync, readdirSync } = require('node:fs')
const path = require('node:path')
const { ROOT, read } = require('./files')

const README = read('README.md')

/** The rows of the table under a heading, as cells without their backticks. */
function rowsUnder (heading) {
  const section = README.split(`## ${heading}\n`)[1].split('\n## ')[0]
  const rows = section.split('\n').filter(line => line.startsWith('| '))
  return rows.slice(1).map(row => row.split('|').slice(1, -1).map(cell => cell.trim().replaceAll('`', '')))
}

test('the table of options has every default as it is', () => {
  const written = Object.fromEntries(rowsUnder('Options').map(([option, value]) => [option, value]))
  const { DEFAULT_CONFIG } = require('../..')
  const actual = Object.fromEntries(Object.entries(DEFAULT_CONFIG).map(([option, value]) =>
    [option, typeof value === 'string' ? `'${value}'` : String(value)]))
  expect(written).toMatchObject(actual)
})

test('the table of options names each option of the engine and no other', () => {
  const table = read('src/config/table.rs').split('pub const OPTIONS')[1].split('\n];')[0]
  const options = [...table.matchAll(/(?:\b(?:int|ms|flag)|\bms_up_to\([\d_]+,|\.named)\(?\s*"(\w+)"/g)].map(match => match[1])
  expect(new Set(rowsUnder('Options').map(([option]) => option))).toEqual(new Set(options))
})

test('the table of errors has every code of the pool and no other', () => {
  const codes = [...read('src/error.rs').matchAll(/=> "(ERR_POOL_\w+)"/g)].map(match => match[1])
  // Not a kind of error by itself, but a verdict on certificates.
  codes.push(...[...read('src/transport/tls/codes.rs').matchAll(/"(ERR_POOL_\w+)"/g)].map(match => match[1]))
  // Said where there is no engine to say it.
  for (const file of ['lib/no-binary.js', 'lib/refusals.js']) codes.push(...[...read(file).matchAll(/'(ERR_POOL_\w+)'/g)].map(match => match[1]))
  const written = rowsUnder('Errors').map(([code]) => code).filter(code => code.startsWith('ERR_POOL_'))
  expect(written.sort()).toEqual([...new Set(codes)].sort())
})

test('links between documents lead somewhere', () => {
  const documents = readdirSync(ROOT).filter(file => file.endsWith('.md'))
  const broken = documents.flatMap(file => [...read(file).matchAll(/\]\((?!https?:|#)([^)#]+)/g)]
    .map(match => match[1])
    .filter(target => !existsSync(path.join(ROOT, target)))
    .map(target => `${file} → ${target}`))
  expect(broken).toEqual([])
})
