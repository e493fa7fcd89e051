'use strict'

const { fork } = require('node:child_process')
const { once } = require('node:events')
const path = require('node:path')

const RELAY = path.join(__dirname, 'child', 'relay.js')

/**
 * Puts the bench server `delayMs` away, for as long as that is wanted.
 * @template T
 * @param {import('./side-by-side').Server} server
 * @param {'plain' | 'tls'} way
 * @param {number} delayMs
 * @param {(place: import('./side-by-side').Place) => Promise<T>} act
 * @returns {Promise<T>}
 */
async function relayed ({ http, https1, ca }, way, delayMs, act) {
  const relay = fork(RELAY, [String(way === 'tls' ? https1 : http), String(delayMs)])
  const [port] = await once(relay, 'message')
  try {
    return await act(way === 'tls' ? { origin: `https://localhost:${port}`, ca } : { origin: `http://127.0.0.1:${port}` })
  } finally {
    const exit = once(relay, 'exit')
    relay.disconnect()
    await exit
  }
}

module.exports = { relayed }
