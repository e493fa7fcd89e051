'use strict'

const { spawnSync } = require('node:child_process')
const { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } = require('node:fs')
const { tmpdir } = require('node:os')
const path = require('node:path')
const { ROOT } = require('./files')

const onPosix = process.platform === 'win32' ? describe.skip : describe

onPosix('.ci/run', () => {
  let folder

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'ci-'))
    mkdirSync(path.join(folder, '.ci'))
    mkdirSync(path.join(folder, 'bin'))
    copyFileSync(path.join(ROOT, '.ci', 'run'), path.join(folder, '.ci', 'run'))
    for (const name of ['cc', 'git', 'openssl', 'cargo', 'apt-get']) stand(name, 'exit 0')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  function stand (name, script) {
    const file = path.join(folder, 'bin', name)
    writeFileSync(file, `#!/bin/sh\n${script}\n`)
    chmodSync(file, 0o755)
  }

  function run () {
    const { status, stdout } = spawnSync('bash', [path.join(folder, '.ci', 'run')], {
      env: { PATH: `${path.join(folder, 'bin')}:${process.env.PATH}` },
      encoding: 'utf8'
    })
    return { status, verdict: stdout.trimEnd().split('\n').at(-1) }
  }

  test('the last line sums the installation, the tests and the slow checks', () => {
    stand('npm', '[ "$1" = test ] && echo "40 passed, 0 failed"; exit 0')
    stand('node', 'echo "5 passed, 0 failed"')
    expect(run()).toEqual({ status: 0, verdict: '46 passed, 0 failed' })
  })

  test('a failed test leaves the slow checks out and fails the run', () => {
    stand('npm', '[ "$1" = test ] && echo "39 passed, 1 failed" && exit 1; exit 0')
    stand('node', 'echo "5 passed, 0 failed"')
    expect(run()).toEqual({ status: 1, verdict: '40 passed, 1 failed' })
  })

  test('an installation that fails is one failure', () => {
    stand('npm', 'exit 1')
    expect(run()).toEqual({ status: 1, verdict: '0 passed, 1 failed' })
  })

  test('a part that dies before its verdict is one failure', () => {
    stand('npm', 'exit 0')
    stand('node', 'echo "nearly there"; exit 7')
    expect(run()).toEqual({ status: 1, verdict: '2 passed, 1 failed' })
  })

  test('a part that fails with a clean verdict fails the run', () => {
    stand('npm', 'exit 0')
    stand('node', 'echo "5 passed, 0 failed"; exit 1')
    expect(run()).toMatchObject({ status: 1 })
  })
})
