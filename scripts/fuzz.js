'use strict'

// Builds the fuzz targets and runs each for a while: `node scripts/fuzz.js [--seconds N] [--jobs N] [target …]`.
//
// What is found beyond the corpus in `__tests__/fuzz/corpus` is kept in `target/fuzz/found`; an input that fails lies in
// `target/fuzz/failed`. A nightly compiler is taken where there is one; another one is told to do as if it were.

const { execFileSync, spawn } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { parseArgs } = require('node:util')

const root = path.join(__dirname, '..')
const home = path.join(root, '__tests__', 'fuzz')
const built = path.join(root, 'target', 'fuzz')
const TRIPLE = /^host: (.*)$/m
/** Where the code itself gave up, and why; the frames below it are long. */
const PANIC = /^thread .* panicked at .*\n.*/m

/** What libFuzzer needs to see where an input leads, and AddressSanitizer to see what it breaks. */
const FLAGS = [
  '--cfg fuzzing', '-Cpasses=sancov-module', '-Cllvm-args=-sanitizer-coverage-level=4', '-Cllvm-args=-sanitizer-coverage-inline-8bit-counters',
  '-Cllvm-args=-sanitizer-coverage-pc-table', '-Cllvm-args=-sanitizer-coverage-trace-compares', '-Zsanitizer=address'
]

/** @returns {{ rustc: string[], env: Record<string, string> }} */
function compiler () {
  const run = (/** @type {string[]} */ args) => execFileSync('rustc', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  try {
    return { rustc: [run(['+nightly', '-vV']), '+nightly'], env: {} }
  } catch {
    return { rustc: [run(['-vV'])], env: { RUSTC_BOOTSTRAP: '1' } }
  }
}

/** @returns {string} where the programs are */
function build () {
  const { rustc: [version = '', ...choice], env } = compiler()
  const triple = TRIPLE.exec(version)?.[1] ?? ''
  const args = [...choice, 'build', '--release', '--locked', '--manifest-path', path.join(home, 'Cargo.toml'), '--target-dir', built, '--target', triple]
  execFileSync('cargo', args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env, RUSTFLAGS: FLAGS.join(' ') } })
  return path.join(built, triple, 'release')
}

/**
 * @param {string} program
 * @param {string} target
 * @param {string} seconds
 * @param {string} jobs
 * @returns {Promise<boolean>} whether nothing failed
 */
function fuzz (program, target, seconds, jobs) {
  const [found, failed, corpus] = [path.join(built, 'found', target), path.join(built, 'failed'), path.join(home, 'corpus', target)]
  for (const folder of [found, failed, corpus]) fs.mkdirSync(folder, { recursive: true })
  const args = [
    found, corpus, `-max_total_time=${seconds}`, `-fork=${jobs}`, `-artifact_prefix=${failed}/${target}-`, '-timeout=25', '-rss_limit_mb=2048',
    '-max_len=4096', '-print_final_stats=1'
  ].filter(arg => jobs !== '0' || !arg.startsWith('-fork'))
  const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'inherit', 'pipe'], env: { ...process.env, ASAN_OPTIONS: 'detect_leaks=0' } })
  let told = ''
  child.stderr.setEncoding('utf8').on('data', text => { told += text })
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', code => {
      const runs = /number_of_executed_units: (\d+)/.exec(told)?.[1] ?? /#(\d+): cov/.exec(told.slice(told.lastIndexOf('#')))?.[1] ?? '?'
      console.log(`${code === 0 ? '✓' : '✗'} ${target}: ${runs} inputs in ${seconds} s`)
      if (code !== 0) console.log(PANIC.exec(told)?.[0] ?? '', '\n…\n' + told.slice(-4000))
      resolve(code === 0)
    })
  })
}

/** @param {string[]} names @param {{ seconds: string, jobs: string }} how */
async function main (names, { seconds, jobs }) {
  const programs = build()
  const all = fs.readdirSync(path.join(home, 'targets')).map(file => path.basename(file, '.rs'))
  const targets = names.length > 0 ? names : all
  let failed = 0
  for (const target of targets) if (!await fuzz(path.join(programs, target), target, seconds, jobs)) failed++
  console.log(`${targets.length - failed} passed, ${failed} failed`)
  process.exitCode = failed === 0 ? 0 : 1
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { seconds: { type: 'string', default: '10' }, jobs: { type: 'string', default: '0' } } })
main(positionals, values).catch(error => {
  console.error(error)
  process.exitCode = 1
})
