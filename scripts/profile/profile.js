'use strict'

// A profile tells the compiler which branches are taken and which functions are hot. It knows functions by names that hold the
// compiler's and the package's version and the platform, so that one of another build would do nothing, in silence.

const { createHash } = require('node:crypto')
const { existsSync, mkdirSync, readFileSync, writeFileSync } = require('node:fs')
const path = require('node:path')
const { gunzipSync, gzipSync } = require('node:zlib')

const root = path.join(__dirname, '..', '..')

/**
 * @typedef {object} Facts what a profile was taken of
 * @property {string} compiler
 * @property {string} version of the package
 */

/**
 * The profile of a platform, for a build that it is of.
 * @param {string} target triple
 * @param {Facts} facts of the build
 * @returns {{ file: string } | { why: string }} its path, or why there is none
 */
function fitting (target, facts) {
  const { data, told } = places(target)
  if (!existsSync(told)) return { why: `there is none for ${target}` }
  /** @type {Facts} */
  const taken = JSON.parse(readFileSync(told, 'utf8'))
  for (const fact of /** @type {const} */ (['compiler', 'version'])) {
    if (taken[fact] !== facts[fact]) return { why: `it is of ${fact} ${taken[fact]} and this is ${facts[fact]}` }
  }
  return { file: unpacked(gunzipSync(readFileSync(data))) }
}

/**
 * Puts a profile in the place of the last one.
 * @param {string} target triple
 * @param {Facts} facts
 * @param {Buffer} profile
 */
function keep (target, facts, profile) {
  const { data, told } = places(target)
  writeFileSync(data, gzipSync(profile, { level: 9 }))
  writeFileSync(told, JSON.stringify(facts, null, 2) + '\n')
}

/** @param {string} target */
function places (target) {
  const [data, told] = ['profdata.gz', 'json'].map(ending => path.join(__dirname, `${target}.${ending}`))
  return /** @type {{ data: string, told: string }} */ ({ data, told })
}

/**
 * cargo compiles again when the flags change, and they hold the file's name: so it has a name of its own for each content.
 * @param {Buffer} profile
 */
function unpacked (profile) {
  const folder = path.join(root, 'target', 'profile')
  mkdirSync(folder, { recursive: true })
  const file = path.join(folder, `${createHash('sha256').update(profile).digest('hex').slice(0, 16)}.profdata`)
  writeFileSync(file, profile)
  return file
}

module.exports = { fitting, keep }
