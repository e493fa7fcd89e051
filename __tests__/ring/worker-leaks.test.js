'use strict'

const { execFile } = require('node:child_process')
const path = require('node:path')
const { promisify } = require('node:util')

const MOST_MIB = 15

test('workers that load the addon one after the other leave no memory, no handle, no thread and no ring', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', path.join(__dirname, 'many-workers.js'), '40'])
  // It has judged the rest itself, and would have ended with exit code 1.
  const { first, last } = JSON.parse(stdout)
  // Its allocators grow by 5 to 6; a realm and a ring that stayed would be some 5 more, each, of 36.
  expect(last.mib - first.mib).toBeLessThanOrEqual(MOST_MIB)
}, 240_000)
