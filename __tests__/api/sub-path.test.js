'use strict'

const { runChild } = require('../support/child')

const all = require('../..')
const NAMES = ['ConnectionPoolManager', 'DEFAULT_CONFIG', 'getGlobalPool', 'resetGlobalPool']

test('rag-connection-pool/connection-pool has the names that an application uses', () => {
  expect(Object.keys(require('rag-connection-pool/connection-pool')).sort()).toEqual(NAMES)
})

test('the sub-path and the main entry have the same things', () => {
  const part = require('rag-connection-pool/connection-pool')
  expect(NAMES.filter(name => part[name] !== all[name])).toEqual([])
})

test('the sub-path can be imported, and is the module that require gives', async () => {
  const { code, stdout, stderr } = await runChild(`
    const imported = await import('rag-connection-pool/connection-pool')
    const required = require('rag-connection-pool/connection-pool')
    console.log(Object.keys(imported).sort().join(), imported.getGlobalPool === required.getGlobalPool, imported.default === required)`, { bare: true })
  expect([code, stdout, stderr]).toEqual([0, `${[...NAMES, 'default'].sort()} true true\n`, ''])
})
