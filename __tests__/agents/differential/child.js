'use strict'

// Plays scenarios in a process of its own: `node child.js node|pool [name]`. The identity of the servers comes by the
// environment. One line of JSON a scenario goes out: `[name, told]`.

const { play } = require('./play')
const { scenarios } = require('./scenarios')

async function main () {
  const [kind, only] = process.argv.slice(2)
  const identity = JSON.parse(process.env.DIFFERENTIAL_IDENTITY ?? '')
  for (const scenario of scenarios) {
    if (only !== undefined && scenario.name !== only) continue
    const told = await play(scenario, /** @type {any} */ (kind), identity)
    process.stdout.write(`${JSON.stringify([scenario.name, told])}\n`)
  }
}

void main()
