'use strict'

const { setTimeout: sleep } = require('node:timers/promises')

/**
 * Numbered requests, each of which has to be answered with its own number.
 * @typedef {object} Race
 * @property {'GET' | 'POST'} method
 * @property {boolean} isKeyed whether each has an Idempotency-Key of its own
 * @property {number} requests
 * @property {number} lanes each with one request in flight at a time
 * @property {number} restMs most that a lane rests after every second request; whole ms, since the moments are the server's to draw
 */

/**
 * @param {import('../contenders').Client} client
 * @param {Race} race
 */
async function run (client, { method, isKeyed, requests, lanes, restMs }) {
  /** @type {{ errors: Record<string, number>, strays: number }} */
  const seen = { errors: {}, strays: 0 }
  let next = 0
  const began = performance.now()
  const lane = async () => {
    for (let id = next++; id < requests; id = next++) {
      try {
        const answer = await client.exchange?.(method, `/echo?id=${id}`, isKeyed ? { 'idempotency-key': `key-${id}` } : {}, method === 'POST' ? `body of ${id}` : undefined)
        if (answer !== String(id)) seen.strays++
      } catch (error) {
        const { code, name } = /** @type {NodeJS.ErrnoException} */ (cause(error))
        const key = code ?? name
        seen.errors[key] = (seen.errors[key] ?? 0) + 1
      }
      if (id % 2 === 0) await sleep(1 + Math.floor(Math.random() * restMs))
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return { ...seen, seconds: (performance.now() - began) / 1000 }
}

/** What a `fetch` failed of. @param {any} error */
function cause (error) {
  return error.cause ?? error
}

module.exports = { run }
