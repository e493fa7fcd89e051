'use strict'

// The words of a text that carry meaning, cut down to a stem so that `connections` meets `connection`.

const GRAMMATICAL = new Set(`a about above after again all also am an and any are as at be because been before being below
  between both but by can could did do does doing down during each few for from further had has have having he her here
  hers him his how i if in into is it its itself just me more most my no nor not now of off on once only or other our out
  over own same say says she should so some such tell than that the their them then there these they this those through
  to too under until up us very was we were what when where which while who whom whose why will with would you your`
  .split(/\s+/))

// Longest first, so that `connections` loses `ions` whole.
const ENDINGS = ['ations', 'ation', 'ings', 'ions', 'ness', 'able', 'ing', 'ion', 'ies', 'ers', 'est', 'ed', 'es', 'er', 'ly', 's', 'e', 'y']
const SHORTEST_STEM = 3

/**
 * @param {string} text
 * @returns {string[]} stems in order, with repeats
 */
function terms (text) {
  const words = text
    // `maxSockets` is also `max` and `sockets` to somebody who asks about it.
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu) ?? []
  return words.filter(word => !GRAMMATICAL.has(word)).map(stem)
}

/** @param {string} word */
function stem (word) {
  const ending = ENDINGS.find(each => word.endsWith(each) && word.length - each.length >= SHORTEST_STEM)
  const cut = ending ? word.slice(0, -ending.length) : word
  // `stopped` and `stop`.
  return /([^aeiouls])\1$/.test(cut) ? cut.slice(0, -1) : cut
}

module.exports = { terms }
