'use strict'

const { setTimeout: sleep } = require('node:timers/promises')
const { Window } = require('./window')

/**
 * A closed loop: so many lanes, each with one request in flight at a time.
 * @typedef {object} Load
 * @property {string} path
 * @property {string} [body] what is posted there; without it, a GET
 * @property {number} lanes
 * @property {number} [seconds] for so long, or
 * @property {number} [requests] so many
 * @property {number} [leadInMs] before figures are taken, so that connections are open and code is hot (0)
 * @property {number} [timedEvery] one lane of so many times its requests (1)
 * @property {number} [restMs] most that a lane rests between two requests, drawn anew each time (0)
 */

/**
 * Runs a load and measures it.
 * @param {import('../contenders').Client} client
 * @param {Load} load
 */
async function run (client, load) {
  const { lanes, seconds, leadInMs = 0, timedEvery = 1 } = load
  const window = new Window()
  const course = { left: load.requests ?? Infinity, isOver: false }
  const running = Array.from({ length: lanes }, (_, i) => lane(client, load, course, window, i % timedEvery === 0))
  if (leadInMs > 0) await sleep(leadInMs)
  window.open()
  if (seconds === undefined) {
    await Promise.all(running)
    return window.close()
  }
  await sleep(seconds * 1000)
  // Before the lanes come to rest: a lane that idles has no part in the figures.
  const figures = window.close()
  course.isOver = true
  await Promise.all(running)
  return figures
}

/**
 * @param {import('../contenders').Client} client
 * @param {Load} load
 * @param {{left: number, isOver: boolean}} course
 * @param {Window} window
 * @param {boolean} isTimed
 */
async function lane (client, { path, body, restMs = 0 }, course, window, isTimed) {
  while (!course.isOver && course.left-- > 0) {
    const began = isTimed ? performance.now() : 0
    try {
      await client.call(path, body)
      window.done++
      if (isTimed) window.timed(performance.now() - began)
    } catch (error) {
      window.failed(error)
      // Where each fails at once, timers and the channel have their turns too.
      await new Promise(resolve => { setImmediate(resolve) })
    }
    if (restMs > 0) await rest(restMs)
  }
}

/**
 * A timer cannot rest for less than a millisecond, and the shortest rests are those that matter.
 * @param {number} mostMs
 */
async function rest (mostMs) {
  const until = performance.now() + Math.random() * mostMs
  while (performance.now() < until) await new Promise(resolve => { setImmediate(resolve) })
}

module.exports = { run }
