'use strict'

/**
 * A text cut into what is sent, and counted, as tokens: words with the space before them.
 * @param {string} text
 * @returns {string[]} that join to the text again
 */
function tokens (text) {
  return text.match(/\s*\S+|\s+$/g) ?? []
}

/** @param {string} text */
function countTokens (text) {
  return tokens(text).length
}

module.exports = { tokens, countTokens }
