'use strict'

const { execFileSync } = require('node:child_process')
const { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } = require('node:fs')
const { tmpdir } = require('node:os')
const path = require('node:path')
const { packAll } = require('../../scripts/pack')
const { ROOT } = require('../project/files')

/** The application's own two files, which the package's sub-paths stand in for. */
const REEXPORTS = ['connection-pool', 'api-client-pool-integration']

/**
 * An empty application that has installed both tarballs where nothing can be compiled and no registry be asked.
 */
class Application {
  #root = mkdtempSync(path.join(tmpdir(), 'application-'))
  folder = path.join(this.#root, 'app')

  constructor () {
    const { main, platform } = packAll(this.#root)
    this.write('package.json', '{ "name": "application", "version": "1.0.0", "private": true }')
    // `--offline`: the other platforms' packages are optional, and must not be taken from whoever has their names.
    execFileSync('npm', ['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', main, platform], {
      cwd: this.folder, stdio: 'pipe', env: { ...process.env, PATH: this.#onlyNpm() }
    })
    for (const name of REEXPORTS) this.write(`utils/${name}.js`, `module.exports = require('rag-connection-pool/${name}')\n`)
  }

  /** A PATH without a compiler. */
  #onlyNpm () {
    const bin = path.join(this.#root, 'bin')
    mkdirSync(bin)
    for (const name of ['node', 'npm', 'sh']) symlinkSync(execFileSync('which', [name], { encoding: 'utf8' }).trim(), path.join(bin, name))
    return bin
  }

  /**
   * @param {string} file
   * @param {string} text
   */
  write (file, text) {
    const place = path.join(this.folder, file)
    mkdirSync(path.dirname(place), { recursive: true })
    writeFileSync(place, text)
    return place
  }

  /**
   * Lets the application have a package of ours, with what that needs.
   * @param {string} name
   * @param {string} [as] what it calls it
   */
  link (name, as = name) {
    const place = path.join(this.folder, 'node_modules', as)
    rmSync(place, { force: true })
    mkdirSync(path.dirname(place), { recursive: true })
    symlinkSync(path.join(ROOT, 'node_modules', name), place)
  }

  remove () {
    rmSync(this.#root, { recursive: true })
  }
}

module.exports = { Application }
