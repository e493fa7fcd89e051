'use strict'

const { execFile } = require('node:child_process')
const path = require('node:path')
const { promisify } = require('node:util')

test('workers that load the addon one after the other leave no memory, no handle, no thread and no ring', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', path.join(__dirname, 'many-workers.js'), '40'])
  const { first, last } = JSON.parse(stdout)
  expect(last.rings).toBe(0)
  expect(last.handles).toBeLessThanOrEqual(first.handles)
  expect(last.threads).toBeLessThanOrEqual(first.threads)
  // A realm and a ring that stayed would be some 5 MiB each.
  expect(last.mib - first.mib).toBeLessThan(30)
}, 240_000)
