'use strict'

// Runs commands one after the other and counts what passed, so that the last line of a run is a verdict.

const { spawn } = require('node:child_process')
const path = require('node:path')

const root = path.join(__dirname, '..')

/**
 * @typedef {{ passed: number, failed: number }} Tally
 * @typedef {(output: string) => Tally} Count
 * @typedef {object} Step
 * @property {string} name
 * @property {string} command a shell command
 * @property {Count} [count] reads the tests out of the output; without it the step counts as one
 */

/**
 * Runs the steps and prints `N passed, N failed` as the last line.
 * @param {Step[]} steps
 * @param {{ stopAtFailure: boolean }} options
 * @returns {Promise<boolean>} whether all passed
 */
async function runSteps (steps, { stopAtFailure }) {
  /** @type {Array<Tally & { name: string, seconds: number }>} */
  const results = []
  for (const step of steps) {
    console.log(`\n── ${step.name}: ${step.command}`)
    const started = Date.now()
    const { code, output } = await run(step.command)
    const tally = judge(code, step.count?.(output))
    results.push({ name: step.name, seconds: Math.round((Date.now() - started) / 1000), ...tally })
    if (tally.failed > 0 && stopAtFailure) break
  }
  return report(results, steps.length)
}

/** @type {Count} the `test result:` lines of cargo, one for each test binary */
const countCargo = output => {
  const lines = [...output.matchAll(/^test result: .*? (\d+) passed; (\d+) failed;/gm)]
  return {
    passed: lines.reduce((sum, line) => sum + Number(line[1]), 0),
    failed: lines.reduce((sum, line) => sum + Number(line[2]), 0)
  }
}

/** @type {Count} the `Tests:` line of Jest */
const countJest = output => {
  const line = /^Tests: .*$/m.exec(output)?.[0] ?? ''
  return {
    passed: Number(/(\d+) passed/.exec(line)?.[1] ?? 0),
    failed: Number(/(\d+) failed/.exec(line)?.[1] ?? 0)
  }
}

/**
 * An exit code and a count that disagree are a failure, and so is a step of tests that ran none.
 * @param {number} code
 * @param {Tally} [counted]
 * @returns {Tally}
 */
function judge (code, counted) {
  if (!counted) return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }
  const succeeded = code === 0 && counted.passed > 0
  return { passed: counted.passed, failed: succeeded ? counted.failed : Math.max(counted.failed, 1) }
}

/**
 * @param {string} command
 * @returns {Promise<{ code: number, output: string }>}
 */
function run (command) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, { cwd: root, shell: true, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', text => { output += text; process.stdout.write(text) })
    child.stderr.setEncoding('utf8').on('data', text => { output += text; process.stderr.write(text) })
    child.on('error', reject)
    child.on('close', code => resolve({ code: code ?? 1, output }))
  })
}

/**
 * @param {Array<Tally & { name: string, seconds: number }>} results
 * @param {number} planned
 */
function report (results, planned) {
  console.log('')
  for (const { name, seconds, passed, failed } of results) {
    console.log(`${failed ? '✗' : '✓'} ${name}: ${passed} passed, ${failed} failed (${seconds} s)`)
  }
  if (results.length < planned) console.log(`${planned - results.length} further steps were not run`)
  const passed = results.reduce((sum, result) => sum + result.passed, 0)
  const failed = results.reduce((sum, result) => sum + result.failed, 0)
  console.log(`${passed} passed, ${failed} failed`)
  return failed === 0
}

module.exports = { runSteps, countCargo, countJest, judge }
