'use strict'

const { badInput, veiled, withoutQuery } = require('../errors')
const { parsed } = require('../url')

/**
 * What the platform repeats whole of what it refuses, though it may hold a secret, and what of it is told.
 * @type {Array<[RegExp, (text: string) => string]>}
 */
const REPEATED = [
  [/^(Failed to parse URL from )(.*)()$/s, urlTold],
  [/^(Request cannot be constructed from a URL that includes credentials: )(.*)()$/s, urlTold],
  [/^(Referrer ")(.*)(" is not a valid URL\.)$/s, urlTold],
  // A name may be a whole line with its value, and a list of names and values no list of pairs.
  [/^(Headers\.\w+: ")(.*)(" is an invalid header (?:name|value)\.)$/s, () => '…'],
  [/^([^"]*headers\[\d+\] \(")(.*)("\) is not iterable\.)$/s, () => '…']
]

/** @param {string} text */
function urlTold (text) {
  const url = parsed(text)
  return url === null ? veiled(text) ?? withoutQuery(text) : `${url.protocol}//${url.host}`
}

/**
 * A refusal of the platform in its own words, less what may be a secret. Another error, since its stack has the words too.
 * @param {any} error
 * @returns {unknown}
 */
function withoutSecrets (error) {
  const said = String(error?.message)
  for (const [pattern, told] of REPEATED) {
    const [, before, text, after] = pattern.exec(said) ?? []
    if (text === undefined) continue
    // The cause has the URL as its `input`.
    const cause = error.cause?.code === 'ERR_INVALID_URL' ? { cause: badInput(TypeError, 'ERR_INVALID_URL', 'Invalid URL') } : undefined
    return new TypeError(`${before}${told(text)}${after}`, cause)
  }
  return error
}

module.exports = { withoutSecrets }
