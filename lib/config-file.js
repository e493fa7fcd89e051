'use strict'

const fs = require('node:fs')
const { badInput } = require('./errors')

/**
 * What a configuration file holds, before anything of it is checked.
 * @param {string} path
 * @param {string} where what a message begins with
 * @returns {unknown}
 * @throws {TypeError} when there is no such file or it holds no JSON
 */
function readFile (path, where) {
  let text
  try {
    text = fs.readFileSync(path, 'utf8')
  } catch (error) {
    const { code, message } = /** @type {NodeJS.ErrnoException} */ (error)
    throw badInput(TypeError, 'ERR_INVALID_ARG_VALUE', `${where}must be a file that can be read; received ${code ?? message}`)
  }
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    const place = placeOf(/** @type {Error} */ (error), text)
    throw badInput(TypeError, 'ERR_INVALID_ARG_VALUE', `${where}must hold JSON; received something else${place}`)
  }
}

/**
 * Where the parser stopped, if it says so. Its message is not repeated: it quotes the file, and that may hold a key.
 * @param {Error} error
 * @param {string} text
 */
function placeOf ({ message }, text) {
  const position = /position (\d+)/.exec(message)?.[1]
  if (position === undefined) return ''
  const before = text.slice(0, Number(position)).split('\n')
  return ` at line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`
}

module.exports = { readFile }
