'use strict'

/**
 * How long each part of the comparison takes.
 * @typedef {object} Plan
 * @property {number} rounds
 * @property {number} warmSeconds of each client, before its first round
 * @property {number} leadInMs of a round, which do not count
 * @property {number} seconds of a round of requests
 * @property {number} paceSeconds of one at a fixed rate
 * @property {number} streamSeconds of one of streams
 * @property {number} bodies each way, of a round
 * @property {{ rounds: number, count: number, requests: number, repeats: number }} classics
 * @property {boolean} isBrief two peers suffice, but where all stand side by side
 */

/** @type {{ whole: Plan, quick: Plan }} */
const plans = {
  // A native client is hot at once and JavaScript after seconds: a shorter warm-up would flatter the former.
  whole: {
    rounds: 5,
    warmSeconds: 4,
    leadInMs: 150,
    seconds: 0.6,
    paceSeconds: 2,
    streamSeconds: 1.5,
    bodies: 4,
    classics: { rounds: 3, count: 10, requests: 10_000, repeats: 5 },
    isBrief: false
  },
  quick: {
    rounds: 2,
    warmSeconds: 0.3,
    leadInMs: 50,
    seconds: 0.25,
    paceSeconds: 0.5,
    streamSeconds: 0.5,
    bodies: 1,
    classics: { rounds: 1, count: 5, requests: 10_000, repeats: 1 },
    isBrief: true
  }
}

module.exports = { plans }
