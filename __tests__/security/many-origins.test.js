'use strict'

const { execFile } = require('node:child_process')
const path = require('node:path')
const { promisify } = require('node:util')

const COUNT = 10_000

test('ten thousand origins that are visited once, by every way in, leave no more in memory than the first of them', async () => {
  // It judges its figures itself, and ends with exit code 1 by which they are rejected.
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', path.join(__dirname, 'many-origins.js'), String(COUNT)])
  const { count, answered, mib, heap } = JSON.parse(stdout)
  expect([count, answered, mib.length, heap.length]).toEqual([COUNT, COUNT / 2, 10, 10])
}, 120_000)
