'use strict'

const { spawnSync } = require('node:child_process')
const { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } = require('node:fs')
const { tmpdir } = require('node:os')
const path = require('node:path')
const { gunzipSync } = require('node:zlib')
const { version } = require('../../package.json')
const { refusal, withFlag } = require('../../scripts/profile/flags')
const { fitting } = require('../../scripts/profile/profile')
const { ROOT } = require('./files')

const PLATFORM = 'x86_64-unknown-linux-gnu'
const taken = JSON.parse(readFileSync(path.join(ROOT, 'scripts', 'profile', `${PLATFORM}.json`), 'utf8'))
const onPosix = process.platform === 'win32' ? test.skip : test

let folder

beforeEach(() => { folder = mkdtempSync(path.join(tmpdir(), 'profile-')) })
afterEach(() => rmSync(folder, { recursive: true }))

test('the committed profile is of this version of the package and of its dependencies', () => {
  expect(taken.version).toBe(version)
  expect(fitting(PLATFORM, taken)).toMatchObject({ doubt: null })
})

test('a profile is unpacked once, so that cargo does not take it for a new one', () => {
  const { file } = fitting(PLATFORM, taken)
  const before = statSync(file).mtimeMs
  expect(fitting(PLATFORM, taken)).toMatchObject({ file })
  expect(statSync(file).mtimeMs).toBe(before)
})

test('a build that the profile is of has it whole', () => {
  const { file } = fitting(PLATFORM, taken)
  const packed = readFileSync(path.join(ROOT, 'scripts', 'profile', `${PLATFORM}.profdata.gz`))
  expect(readFileSync(file).equals(gunzipSync(packed))).toBe(true)
})

test.each([
  ['compiler', { ...taken, compiler: '1.80.0 (051478957 2024-07-21)' }, `it is of compiler ${taken.compiler} and this is 1.80.0 (051478957 2024-07-21)`],
  ['version of the package', { ...taken, version: '0.0.1' }, `it is of version ${version} and this is 0.0.1`]
])('another %s has none, and is told why', (_, facts, why) => {
  expect(fitting(PLATFORM, facts)).toEqual({ why })
})

test('a platform without one is told so', () => {
  expect(fitting('aarch64-apple-darwin', taken)).toEqual({ why: 'there is none for aarch64-apple-darwin' })
})

test.each([
  ['RUSTFLAGS', { RUSTFLAGS: '-Cforce-frame-pointers=yes  -g' }, ['-Cforce-frame-pointers=yes', '-g']],
  ['CARGO_ENCODED_RUSTFLAGS, which cargo prefers', { RUSTFLAGS: '-g', CARGO_ENCODED_RUSTFLAGS: '-L\x1f/a place' }, ['-L', '/a place']],
  ['neither', {}, []]
])('a flag goes behind those of %s, and a blank in it parts nothing', (_, environment, own) => {
  expect(withFlag(environment, '-Cprofile-use=/a b').CARGO_ENCODED_RUSTFLAGS.split('\x1f')).toEqual([...own, '-Cprofile-use=/a b'])
})

test.each([
  ['that have another profile', { RUSTFLAGS: '-g -Cprofile-generate' }, 'the flags of rustc speak of another'],
  ['that count what is covered', { CARGO_ENCODED_RUSTFLAGS: '-g\x1f-C\x1finstrument-coverage' }, 'the flags of rustc speak of another'],
  ['of cargo\'s for all builds', { CARGO_BUILD_RUSTFLAGS: '-g' }, 'it would displace CARGO_BUILD_RUSTFLAGS'],
  ['of cargo\'s for one target', { CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS: '-g' }, 'it would displace CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS']
])('flags %s are not mixed with a profile', (_, environment, why) => {
  expect(refusal(environment)).toBe(why)
})

test('flags beside which cargo reads no others are mixed with a profile', () => {
  expect(refusal({ RUSTFLAGS: '-g', CARGO_BUILD_RUSTFLAGS: '-g' })).toBe(null)
  expect(refusal({})).toBe(null)
})

function program (name, script) {
  const file = path.join(folder, name)
  writeFileSync(file, `#!/bin/sh\n${script}\n`)
  chmodSync(file, 0o755)
}

/** Runs the build until cargo is to compile and tells with what flags it was. */
function build (compiler, ...given) {
  const flags = path.join(folder, 'flags')
  writeFileSync(flags, '')
  program('rustc', `printf 'rustc ${compiler}\\nhost: ${PLATFORM}\\nLLVM version: 22.1.2\\n'`)
  program('cargo', `[ "$1" = metadata ] && PATH='${process.env.PATH}' exec cargo "$@"\nprintf '%s' "$CARGO_ENCODED_RUSTFLAGS" > '${flags}'; exit 1`)
  const { status, stdout } = spawnSync(process.execPath, [path.join(ROOT, 'scripts', 'build.js'), ...given], { env: { PATH: folder, HOME: process.env.HOME }, encoding: 'utf8' })
  return { status, stdout, flags: readFileSync(flags, 'utf8') }
}

onPosix('the build gives cargo the profile of its compiler, and ends as cargo does', () => {
  const { status, stdout, flags } = build(taken.compiler)
  expect(status).toBe(1)
  expect(stdout).not.toMatch(/without a profile/)
  expect(flags).toBe(`-Cprofile-use=${fitting(PLATFORM, taken).file}`)
})

onPosix.each([
  ['of another compiler', ['1.80.0 (051478957 2024-07-21)']],
  ['for another platform', [taken.compiler, '--target', 'aarch64-unknown-linux-gnu']]
])('a build %s goes without, and says so', (_, given) => {
  const { stdout, flags } = build(...given)
  expect(stdout).toMatch(/^Built without a profile: .+\. `npm run profile` takes one\.$/m)
  expect(flags).toBe('')
})
