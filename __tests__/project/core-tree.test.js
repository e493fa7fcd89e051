'use strict'

const { execFileSync } = require('node:child_process')
const { ROOT } = require('./files')

const FOREIGN = ['tokio', 'hyper', 'hyper-util', 'http', 'rustls', 'aws-lc-rs', 'napi']

test('the core depends on no runtime, no HTTP, no TLS and no binding, in its tests neither', () => {
  const args = ['tree', '--locked', '--no-default-features', '--edges', 'normal,dev', '--prefix', 'none', '--format', '{p}']
  const tree = execFileSync('cargo', args, { cwd: ROOT, encoding: 'utf8' })
  const crates = new Set(tree.split('\n').map(line => line.split(' ')[0]))
  expect(crates).toContain('hdrhistogram')
  expect(FOREIGN.filter(name => crates.has(name))).toEqual([])
}, 60_000)
