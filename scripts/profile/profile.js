'use strict'

// A profile tells the compiler which branches are taken and which functions are hot. It knows functions by names that hold the
// compiler's and the package's version and the platform, and those of dependencies, so that one of another build would do nothing,
// in silence.

const { createHash } = require('node:crypto')
const { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs')
const path = require('node:path')
const { gunzipSync, gzipSync } = require('node:zlib')

const root = path.join(__dirname, '..', '..')

/**
 * @typedef {object} Facts what a profile was taken of
 * @property {string} compiler
 * @property {string} version of the package
 */

/** The versions of all dependencies, by a hash of them. */
const dependencies = () => hash(readFileSync(path.join(root, 'Cargo.lock')))

/**
 * The profile of a platform, for a build that it is of.
 * @param {string} target triple
 * @param {Facts} facts of the build
 * @returns {{ file: string, doubt: string | null } | { why: string }} its path and for what it may do little, or why there is none
 */
function fitting (target, facts) {
  const { data, told } = places(target)
  if (!existsSync(told) || !existsSync(data)) return { why: `there is none for ${target}` }
  /** @type {Facts & { dependencies: string, profile: string }} */
  const taken = JSON.parse(readFileSync(told, 'utf8'))
  for (const fact of /** @type {const} */ (['compiler', 'version'])) {
    if (taken[fact] !== facts[fact]) return { why: `it is of ${fact} ${taken[fact]} and this is ${facts[fact]}` }
  }
  const profile = gunzipSync(readFileSync(data))
  if (hash(profile) !== taken.profile) return { why: 'it is not the one that was taken' }
  return { file: unpacked(profile), doubt: taken.dependencies === dependencies() ? null : 'it is of other versions of dependencies' }
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
  writeFileSync(told, JSON.stringify({ ...facts, dependencies: dependencies(), profile: hash(profile) }, null, 2) + '\n')
}

/** @param {string} target */
function places (target) {
  const [data, told] = ['profdata.gz', 'json'].map(ending => path.join(__dirname, `${target}.${ending}`))
  return /** @type {{ data: string, told: string }} */ ({ data, told })
}

/**
 * cargo compiles again when the flags change, which hold the file's name, or the file: so it has a name of its own for each content, and
 * is written once.
 * @param {Buffer} profile
 */
function unpacked (profile) {
  const folder = path.join(root, 'target', 'profile')
  const file = path.join(folder, `${hash(profile)}.profdata`)
  if (existsSync(file)) return file
  mkdirSync(folder, { recursive: true })
  const part = `${file}.${process.pid}`
  writeFileSync(part, profile)
  renameSync(part, file)
  return file
}

/** @param {Buffer} bytes */
function hash (bytes) {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16)
}

module.exports = { fitting, keep }
