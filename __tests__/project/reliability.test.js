'use strict'

const { read } = require('./files')
const { written } = require('../faults/write-tables')

test('the tables of faults are those of the rows that are tested', () => {
  expect(read('RELIABILITY.md')).toBe(written())
})
