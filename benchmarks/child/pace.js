'use strict'

const { Window } = require('./window')

/** A timer of Node's fires up to so late, whatever client there is: that is not the client's. */
const TIMER_MS = 1

/**
 * An open loop: requests at a fixed rate, whether or not those before them were answered.
 * @typedef {object} Pace
 * @property {string} path
 * @property {number} perSecond
 * @property {number} seconds
 * @property {number} [busyMs] so long of each twice as long the event loop is kept busy by something else (0)
 * @property {boolean} [sends] false: nothing is sent, which tells what the loop itself costs (true)
 */

/** @type {Pick<import('../contenders').Client, 'call'>} */
const nobody = { call: async () => {} }

/**
 * Sends and measures. Time runs from when a request was due, not from when the event loop came round to send it: else
 * a client that holds everything up would be spared the wait of all that stands behind (coordinated omission).
 * @param {import('../contenders').Client} client
 * @param {Pace} pace
 */
async function pace (client, { path, perSecond, seconds, busyMs = 0, sends = true }) {
  const asked = sends ? client : nobody
  const window = new Window()
  const timer = busyMs > 0 ? setInterval(spin, 2 * busyMs, busyMs) : undefined
  /** @type {Promise<void>[]} */ const running = []
  const total = Math.round(perSecond * seconds)
  window.open()
  const began = performance.now()
  await new Promise((/** @type {(value: void) => void} */ resolve) => {
    const tick = () => {
      const now = performance.now()
      let due = began + running.length * 1e3 / perSecond
      for (; running.length < total && due <= now; due = began + running.length * 1e3 / perSecond) running.push(one(asked, path, window, due))
      if (running.length < total) setTimeout(tick, due - performance.now())
      else resolve()
    }
    tick()
  })
  await Promise.all(running)
  clearInterval(timer)
  return window.close()
}

/**
 * @param {Pick<import('../contenders').Client, 'call'>} client
 * @param {string} path
 * @param {Window} window
 * @param {number} due
 */
async function one (client, path, window, due) {
  const from = Math.min(performance.now(), due + TIMER_MS)
  try {
    await client.call(path)
    window.done++
    window.timed(performance.now() - from)
  } catch (error) {
    window.failed(error)
  }
}

/** @param {number} ms */
function spin (ms) {
  for (const until = performance.now() + ms; performance.now() < until;);
}

module.exports = { pace }
