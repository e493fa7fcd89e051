'use strict'

const { parseArgs } = require('node:util')
const path = require('node:path')
const { Refusal } = require('./refusal')

const REPOSITORY = path.join(__dirname, '..', '..')

const USAGE = `Usage: npm run demo [-- FOLDER ["QUESTION" …]]

Reads the Markdown and text files of FOLDER (default: the documents of this repository), embeds them, answers the
questions from them and prints what the connection pool did meanwhile. Then it does the same without pooling and compares.

The API is a local one that is started for the run. To use another that is compatible with OpenAI's, set
OPENAI_BASE_URL, OPENAI_API_KEY or both; OPENAI_EMBEDDING_MODEL and OPENAI_CHAT_MODEL name its models. It is asked once
only: nothing is compared.
`

const QUESTIONS_ON_THIS_REPOSITORY = [
  'How many connections to one origin are open at most by default?',
  'What is the code of the error when a request waited too long in the queue?',
  'Why does the core of the pool read no clock?'
]

/**
 * @param {string[]} args the command line after the program's name
 * @returns {{ help: boolean, folder: string, questions: string[] | null }} null: to be made from the documents
 * @throws {Refusal} for an option that does not exist
 */
function readArguments (args) {
  const { values, positionals } = parse(args)
  const [folder = REPOSITORY, ...questions] = positionals
  const isRepository = path.resolve(folder) === path.resolve(REPOSITORY)
  const defaults = isRepository ? QUESTIONS_ON_THIS_REPOSITORY : null
  return { help: values.help, folder, questions: questions.length > 0 ? questions : defaults }
}

/** @param {string[]} args */
function parse (args) {
  try {
    return parseArgs({ args, allowPositionals: true, options: { help: { type: 'boolean', short: 'h', default: false } } })
  } catch (error) {
    const [sentence] = error instanceof Error ? error.message.split('. ') : ['The arguments are not understood']
    throw new Refusal(`${sentence}; see npm run demo -- --help.`)
  }
}

module.exports = { readArguments, USAGE }
