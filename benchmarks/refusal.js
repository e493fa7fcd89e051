'use strict'

/** A command line that cannot be obeyed. Its message is all that is shown. */
class Refusal extends Error {}

/**
 * @param {string} option
 * @param {string} value
 * @param {readonly string[]} allowed
 */
function oneOf (option, value, allowed) {
  if (!allowed.includes(value)) throw new Refusal(`--${option} must be ${allowed.join(' or ')}; received '${value}'`)
  return value
}

/**
 * @param {string} option
 * @param {string} value
 */
function count (option, value) {
  if (!/^[1-9]\d{0,3}$/.test(value)) throw new Refusal(`--${option} must be a number from 1 to 9999; received '${value}'`)
  return Number(value)
}

module.exports = { Refusal, oneOf, count }
