'use strict'

// A retrieval run on real text over the pool: `npm run demo -- --help`.

const { setMaxListeners } = require('node:events')
const { readArguments, USAGE } = require('./arguments')
const { openBackend } = require('./backend')
const { readCorpus } = require('./corpus')
const { Refusal } = require('./refusal')
const { run } = require('./run')

const INTERRUPTED = 130

const interruption = new AbortController()
// The SDK listens to it once for each request, and all are made at once.
setMaxListeners(0, interruption.signal)
// Once: a second Ctrl-C ends the process on the spot.
process.once('SIGINT', () => interruption.abort())

main(process.argv.slice(2)).catch(error => {
  process.exitCode = interruption.signal.aborted ? INTERRUPTED : 1
  if (interruption.signal.aborted) console.error('\nStopped.')
  else console.error(error instanceof Refusal ? error.message : error)
})

/** @param {string[]} args */
async function main (args) {
  const { help, folder, questions } = readArguments(args)
  if (help) {
    process.stdout.write(USAGE)
    return
  }
  const corpus = await readCorpus(folder)
  const backend = await openBackend(process.env)
  try {
    await run({ backend, job: { corpus, questions }, signal: interruption.signal, output: process.stdout })
  } finally {
    backend.stop()
  }
}
