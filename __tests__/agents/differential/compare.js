'use strict'

// Plays every scenario on a given Node under both agents and gives what was told.

const { spawn } = require('node:child_process')
const path = require('node:path')
const { generate } = require('selfsigned')
const { scenarios } = require('./scenarios')

/**
 * @typedef {import('./play').Told} Told
 * @typedef {import('./play').Kind} Kind
 */

/** An authority and what it vouches for: `localhost`. @returns {Promise<import('./play').Identity>} */
async function identity () {
  const name = value => [{ name: 'commonName', value }]
  const authority = await generate(name('An authority'), {
    keySize: 2048,
    extensions: [{ name: 'basicConstraints', cA: true, critical: true }, { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true }]
  })
  const leaf = await generate(name('localhost'), {
    keySize: 2048,
    ca: { key: authority.private, cert: authority.cert },
    extensions: [{ name: 'basicConstraints', cA: false }, { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }]
  })
  return { ca: authority.cert, key: leaf.private, cert: leaf.cert }
}

/**
 * @param {Kind} kind
 * @param {import('./play').Identity} given
 * @param {{ execPath?: string, only?: string }} [options]
 * @returns {Promise<Map<string, Told>>} by the scenario's name
 */
async function tell (kind, given, { execPath = process.execPath, only } = {}) {
  const child = spawn(execPath, [path.join(__dirname, 'child.js'), kind, ...(only === undefined ? [] : [only])], {
    env: { ...process.env, DIFFERENTIAL_IDENTITY: JSON.stringify(given), NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  const seen = { stdout: '', stderr: '' }
  for (const name of /** @type {const} */ (['stdout', 'stderr'])) {
    child[name].setEncoding('utf8').on('data', text => { seen[name] += text })
  }
  const code = await new Promise((resolve, reject) => { child.on('error', reject).on('close', resolve) })
  if (code !== 0) throw new Error(`the scenarios under the ${kind} agent ended with ${code}: ${seen.stderr}`)
  const told = new Map(seen.stdout.trimEnd().split('\n').map(line => JSON.parse(line)))
  const left = scenarios.filter(({ name }) => (only === undefined || only === name) && !told.has(name))
  if (left.length > 0) throw new Error(`the ${kind} agent's process ended before: ${left.map(({ name }) => name).join(', ')}`)
  return told
}

module.exports = { identity, tell }
