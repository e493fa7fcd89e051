'use strict'

const { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } = require('node:fs')
const { tmpdir } = require('node:os')
const path = require('node:path')
const { execFileSync, spawnSync } = require('node:child_process')
const manifest = require('../../package.json')
const { ownPlatform, platforms } = require('../../scripts/platforms')
const { published } = require('../../scripts/packed-manifest')
const { ROOT, read } = require('./files')

test('there is a manifest for each of the eight targets, and it is the generated one', () => {
  const all = platforms()
  expect(all.length).toBe(8)
  expect(readdirSync(path.join(ROOT, 'npm')).sort()).toEqual(all.map(({ suffix }) => suffix).sort())
  for (const { suffix, manifest } of all) expect(JSON.parse(read(`npm/${suffix}/package.json`))).toEqual(manifest)
})

test('the loader looks for each of the platform packages by its name and file', () => {
  const loader = read('binding.js')
  for (const { binary, manifest } of platforms()) {
    expect(loader).toContain(`require('${manifest.name}')`)
    expect(loader).toContain(`require('./${binary}')`)
  }
})

test('the published manifest names all platform packages, in its own version', () => {
  const names = platforms().map(({ manifest: { name } }) => [name, manifest.version])
  expect(published(manifest).optionalDependencies).toEqual(Object.fromEntries(names))
})

test('the published manifest has nothing that is only for working on the package', () => {
  const { scripts, ...rest } = published(manifest)
  expect(Object.keys(scripts)).toEqual(['postpack'])
  expect(rest).not.toHaveProperty('devDependencies')
  expect(rest).not.toHaveProperty('overrides')
})

describe('in a copy of the checkout', () => {
  let copy

  beforeEach(() => {
    copy = mkdtempSync(path.join(tmpdir(), 'checkout-'))
    for (const name of [...manifest.files, 'scripts', 'npm', 'package.json', 'README.md', 'LICENSE']) {
      cpSync(path.join(ROOT, name), path.join(copy, name), { recursive: true })
    }
  })
  afterEach(() => rmSync(copy, { recursive: true }))

  const pack = () => execFileSync('npm', ['pack', '--silent', '--ignore-scripts=false', '--pack-destination', copy], { cwd: copy, env: { ...process.env, npm_config_foreground_scripts: 'false' } })

  /** What a tarball holds of its manifest. */
  const packed = name => JSON.parse(execFileSync('tar', ['xzOf', path.join(copy, name), 'package/package.json'], { encoding: 'utf8' }))

  test('npm pack writes the optional dependencies into the tarball and leaves package.json as it was', () => {
    const before = readFileSync(path.join(copy, 'package.json'), 'utf8')
    rmSync(path.join(copy, 'scripts', 'prepare.js'))
    const json = JSON.parse(before)
    delete json.scripts.prepare
    require('node:fs').writeFileSync(path.join(copy, 'package.json'), `${JSON.stringify(json, null, 2)}\n`)
    pack()
    expect(packed(`${manifest.name}-${manifest.version}.tgz`).optionalDependencies).toEqual(published(manifest).optionalDependencies)
    expect(JSON.parse(readFileSync(path.join(copy, 'package.json'), 'utf8'))).toEqual(json)
    expect(existsSync(path.join(copy, 'package.json.kept'))).toBe(false)
  })

  test('a manifest that an interrupted packing left behind is put back by the next', () => {
    const before = readFileSync(path.join(copy, 'package.json'), 'utf8')
    const run = what => execFileSync(process.execPath, ['scripts/packed-manifest.js', what], { cwd: copy })
    run('write')
    run('write')
    run('restore')
    expect(readFileSync(path.join(copy, 'package.json'), 'utf8')).toBe(before)
  })

  test('without a binary, loading fails with one error that names the platform and says how to build', () => {
    const { stdout } = spawnSync(process.execPath, ['-e', `
      try { require(${JSON.stringify(copy)}) } catch (error) { console.log(JSON.stringify({ code: error.code, message: error.message, cause: error.cause.message })) }
    `], { encoding: 'utf8', cwd: copy })
    const { suffix } = ownPlatform()
    const error = JSON.parse(stdout)
    expect(error.code).toBe('ERR_POOL_NO_BINARY')
    expect(error.message).toContain(`no native binary for ${suffix}: the package rag-connection-pool-${suffix} is missing`)
    expect(error.message).toMatch(/install Rust .* run npm ci/)
    expect(error.cause).toMatch(/native binding/)
  })

  test('with the platform package beside it, it loads', () => {
    const { suffix, binary } = ownPlatform()
    const place = path.join(copy, 'node_modules', `rag-connection-pool-${suffix}`)
    mkdirSync(place, { recursive: true })
    cpSync(path.join(ROOT, 'npm', suffix), place, { recursive: true })
    copyFileSync(path.join(ROOT, binary), path.join(place, binary))
    expect(execFileSync(process.execPath, ['-p', `typeof require(${JSON.stringify(copy)}).ConnectionPoolManager`], { encoding: 'utf8' })).toBe('function\n')
  })
})

test('loading starts no thread and opens nothing', () => {
  const script = `
    const threads = () => require('node:fs').readdirSync('/proc/self/task').length
    const before = process.platform === 'linux' ? threads() : 0
    require(${JSON.stringify(ROOT)})
    console.log(JSON.stringify({ threads: process.platform === 'linux' ? threads() - before : 0, resources: process.getActiveResourcesInfo().filter(name => !/^(TTY|Pipe)/.test(name)) }))`
  expect(JSON.parse(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }))).toEqual({ threads: 0, resources: [] })
})
