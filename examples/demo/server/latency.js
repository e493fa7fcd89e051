'use strict'

const { setTimeout: wait } = require('node:timers/promises')

/**
 * @typedef {object} Latency how long the API thinks
 * @property {() => Promise<void>} embedding before a list of embeddings
 * @property {() => Promise<void>} firstToken before an answer begins
 * @property {() => Promise<void>} nextToken before each further token
 */

/** What an API a short way off shows: ms, drawn evenly. @type {Latency} */
const realistic = {
  embedding: () => wait(between(15, 40)),
  firstToken: () => wait(between(100, 140)),
  nextToken: () => wait(between(10, 15))
}

/** @type {Latency} */
const none = { embedding: async () => {}, firstToken: async () => {}, nextToken: async () => {} }

/**
 * @param {number} least
 * @param {number} most
 */
function between (least, most) {
  return least + Math.random() * (most - least)
}

module.exports = { realistic, none }
