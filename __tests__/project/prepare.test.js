'use strict'

const { spawnSync } = require('node:child_process')
const { chmodSync, mkdtempSync, rmSync, writeFileSync } = require('node:fs')
const { tmpdir } = require('node:os')
const path = require('node:path')
const { ROOT } = require('./files')

const onPosix = process.platform === 'win32' ? test.skip : test

let folder

beforeEach(() => { folder = mkdtempSync(path.join(tmpdir(), 'prepare-')) })
afterEach(() => rmSync(folder, { recursive: true }))

function prepare () {
  const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(ROOT, 'scripts', 'prepare.js')], {
    env: { PATH: folder },
    encoding: 'utf8'
  })
  return { status, stdout, stderr }
}

function installCargo (says) {
  const file = path.join(folder, 'cargo')
  writeFileSync(file, `#!/bin/sh\necho "${says}"\n`)
  chmodSync(file, 0o755)
}

test('without cargo one sentence says what to install', () => {
  expect(prepare()).toEqual({
    status: 1,
    stdout: '',
    stderr: 'The addon is compiled from Rust and cargo was not found: install Rust 1.88 or newer from https://rustup.rs and run the command again.\n'
  })
})

onPosix('with a cargo that is too old one sentence says what to install', () => {
  installCargo('cargo 1.87.0 (99624be96 2025-05-06)')
  expect(prepare()).toEqual({
    status: 1,
    stdout: '',
    stderr: 'The addon is compiled from Rust and cargo 1.87 is too old: install Rust 1.88 or newer from https://rustup.rs and run the command again.\n'
  })
})

onPosix.each(['cargo 1.88.0 (873a06493 2025-05-10)', 'cargo 1.100.0', 'cargo 2.0.0'])('%s is new enough', says => {
  installCargo(says)
  expect(prepare().stderr).not.toMatch(/install Rust/)
})
