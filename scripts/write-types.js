'use strict'

// Writes what is made of the engine's table of options: the TypeScript declarations and the JSON Schema. The addon
// has to be built first.

const { mkdirSync, writeFileSync } = require('node:fs')
const path = require('node:path')

const { fileSchema, optionSchema, optionTypes } = require('../lib/native')

const root = path.join(__dirname, '..')

/** By file, from the root of the repository on. */
const generated = {
  'types/options.d.ts': () => optionTypes(),
  'schema/config-file.schema.json': () => `${JSON.stringify(JSON.parse(fileSchema()), null, 2)}\n`,
  'schema/options.schema.json': () => `${JSON.stringify(JSON.parse(optionSchema()), null, 2)}\n`
}

function write () {
  for (const [file, text] of Object.entries(generated)) {
    const place = path.join(root, file)
    mkdirSync(path.dirname(place), { recursive: true })
    writeFileSync(place, text())
  }
}

if (require.main === module) write()

module.exports = { generated }
