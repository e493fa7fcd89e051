'use strict'

const { appendFileSync, copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } = require('node:fs')
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
  expect(['private', 'devDependencies', 'overrides', 'scripts', 'napi'].filter(key => key in published(manifest))).toEqual([])
})

// What `npm publish` shows to the registry is the manifest of the folder, not the packed one: without the platform packages.
test('npm publishes neither the checkout nor a platform\'s folder', () => {
  expect([manifest, ...platforms().map(({ manifest }) => manifest)].filter(manifest => manifest.private !== true)).toEqual([])
})

describe('in a copy of the checkout', () => {
  const { suffix, binary } = ownPlatform()
  let copy

  beforeEach(() => {
    copy = mkdtempSync(path.join(tmpdir(), 'checkout-'))
    for (const name of [...manifest.files, 'scripts', 'npm', 'package.json', 'README.md', 'LICENSE']) {
      cpSync(path.join(ROOT, name), path.join(copy, name), { recursive: true, filter: file => !file.endsWith('.node') })
    }
  })
  afterEach(() => rmSync(copy, { recursive: true }))

  /** @param {string} file the copied package's */
  const inCopy = file => readFileSync(path.join(copy, file), 'utf8')

  const node = (...args) => spawnSync(process.execPath, args, { cwd: copy, encoding: 'utf8' })

  /** @param {string} folder of the copy */
  const pack = folder => spawnSync('npm', ['pack', '--pack-destination', copy], { cwd: path.join(copy, folder), encoding: 'utf8' })

  /** The files and the manifest of a tarball. */
  function packed (tarball) {
    const tar = (...args) => execFileSync('tar', args, { cwd: copy, encoding: 'utf8' })
    return { files: tar('tzf', tarball).trim().split('\n'), manifest: JSON.parse(tar('xzOf', tarball, 'package/package.json')) }
  }

  const mainTarball = `${manifest.name}-${manifest.version}.tgz`
  const platformTarball = `${manifest.name}-${suffix}-${manifest.version}.tgz`

  test('npm pack writes the optional dependencies into the tarball and leaves package.json as it was', () => {
    const before = inCopy('package.json')
    expect(pack('.').status).toBe(0)
    expect(packed(mainTarball).manifest.optionalDependencies).toEqual(published(manifest).optionalDependencies)
    expect(inCopy('package.json')).toBe(before)
    expect(existsSync(path.join(copy, 'package.json.kept'))).toBe(false)
  })

  test('npm pack in a platform\'s folder takes the binary that was built', () => {
    copyFileSync(path.join(ROOT, binary), path.join(copy, binary))
    expect(pack(`npm/${suffix}`).status).toBe(0)
    expect(packed(platformTarball).files).toContain(`package/${binary}`)
  })

  test('npm pack in a platform\'s folder is refused without a binary', () => {
    const { status, stderr } = pack(`npm/${suffix}`)
    expect(status).not.toBe(0)
    expect(stderr).toContain(`${binary} is not there`)
  })

  test('pack:all makes both tarballs as they are published and touches nothing', () => {
    copyFileSync(path.join(ROOT, binary), path.join(copy, binary))
    const before = inCopy('package.json')
    const { stdout } = node('scripts/pack.js', copy)
    expect(stdout).toBe(`${path.join(copy, mainTarball)}\n${path.join(copy, platformTarball)}\n`)
    expect(packed(mainTarball).manifest).toEqual(published(manifest))
    expect(packed(platformTarball).files.sort()).toEqual([binary, 'LICENSE', 'README.md', 'package.json'].map(file => `package/${file}`).sort())
    expect(packed(platformTarball).manifest).not.toHaveProperty('private')
    expect(inCopy('package.json')).toBe(before)
  })

  test('pack:all and npm pack put the same files into the package', () => {
    copyFileSync(path.join(ROOT, binary), path.join(copy, binary))
    pack('.')
    const { files } = packed(mainTarball)
    node('scripts/pack.js', copy)
    expect(packed(mainTarball).files).toEqual(files)
    expect(files).not.toContain(`package/${binary}`)
  })

  test('a manifest that an interrupted packing left behind is put back by the next', () => {
    const before = inCopy('package.json')
    node('scripts/packed-manifest.js', 'write')
    expect(inCopy('package.json')).not.toBe(before)
    expect(pack('.').status).toBe(0)
    expect(inCopy('package.json')).toBe(before)
  })

  test('what was written into package.json after an interrupted packing is not overwritten', () => {
    node('scripts/packed-manifest.js', 'write')
    appendFileSync(path.join(copy, 'package.json'), '\n')
    const edited = inCopy('package.json')
    const { status, stderr } = node('scripts/packed-manifest.js', 'restore')
    expect(status).toBe(1)
    expect(stderr).toMatch(/^package\.json was changed after an interrupted `npm pack`/)
    expect(inCopy('package.json')).toBe(edited)
  })

  test('without a binary, loading fails with one error that names the platform and says how to build', () => {
    const { stdout } = spawnSync(process.execPath, ['-e', `
      try { require(${JSON.stringify(copy)}) } catch (error) { console.log(JSON.stringify({ code: error.code, message: error.message, cause: error.cause.message })) }
    `], { encoding: 'utf8', cwd: copy })
    const error = JSON.parse(stdout)
    expect(error.code).toBe('ERR_POOL_NO_BINARY')
    expect(error.message).toContain(`no native binary for ${suffix}: the package rag-connection-pool-${suffix} is missing`)
    expect(error.message).toMatch(/install Rust .* run npm ci/)
    expect(error.cause).toMatch(/native binding/)
  })

  test('with the platform package beside it, it loads', () => {
    const place = path.join(copy, 'node_modules', `rag-connection-pool-${suffix}`)
    mkdirSync(place, { recursive: true })
    cpSync(path.join(ROOT, 'npm', suffix), place, { recursive: true })
    copyFileSync(path.join(ROOT, binary), path.join(place, binary))
    expect(execFileSync(process.execPath, ['-p', `typeof require(${JSON.stringify(copy)}).ConnectionPoolManager`], { encoding: 'utf8' })).toBe('function\n')
  })
})

/** What a script prints as JSON when it is run by itself. */
const told = script => JSON.parse(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8', cwd: ROOT }))

test('loading opens nothing', () => {
  expect(told(`
    const before = process.getActiveResourcesInfo()
    require('./index.js')
    const after = process.getActiveResourcesInfo()
    console.log(JSON.stringify({ before, after }))`)).toEqual({ before: [], after: [] })
})

const onLinux = process.platform === 'linux' ? test : test.skip

onLinux('loading starts no thread', () => {
  const { before, after } = told(`
    const threads = () => require('node:fs').readdirSync('/proc/self/task').sort()
    const before = threads()
    require('./index.js')
    console.log(JSON.stringify({ before, after: threads() }))`)
  expect(after).toEqual(before)
})

// Each of them takes milliseconds, and is not wanted before the first request, or ever.
test('loading brings neither the way of a request nor the agents, and none of the built-in modules that take long', () => {
  const slow = ['http', 'https', 'net', 'tls', 'crypto', 'stream/consumers', 'internal/deps/undici/undici']
  const { loaded, files } = told(`
    const path = require('node:path')
    const before = new Set(process.moduleLoadList)
    require('./index.js')
    const loaded = process.moduleLoadList.filter(name => !before.has(name))
    const files = Object.keys(require.cache).map(file => path.relative('.', file).split(path.sep).join('/'))
    console.log(JSON.stringify({ loaded, files }))`)
  expect(slow.filter(name => loaded.includes(`NativeModule ${name}`))).toEqual([])
  expect(files.filter(file => /^lib\/(request|exchange|upload|agent\/.*)\.js$/.test(file))).toEqual([])
  expect(files).toContain('lib/pool.js')
})
