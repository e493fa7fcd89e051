'use strict'

// A server of peers that speak HTTP/2 frame by frame, for one test: what the client does against RFC 9113 fails it.

const { Peer } = require('./peer')
const { tcpServer } = require('./servers')

/** @type {string[][]} */
const judged = []

afterEach(() => {
  expect(judged.splice(0).flat()).toEqual([])
})

/**
 * A server of such peers in clear, for one test.
 * @param {{ streams?: number, greets?: boolean, settings?: Array<[number, number]> }} [how] `greets` false: no SETTINGS of its own
 */
async function frameServer ({ streams = 100, greets = true, settings = [] } = {}) {
  /** @type {string[]} */
  const violations = []
  judged.push(violations)
  /** @type {Peer[]} */
  const peers = []
  /** @type {(() => void)[]} */
  const waiting = []
  const { url, port } = await tcpServer(socket => {
    const peer = new Peer(socket, violations)
    if (greets) peer.settings([3, streams], ...settings).acknowledge()
    peers.push(peer)
    waiting.splice(0).forEach(wake => wake())
  })
  return {
    url,
    port,
    peers,
    /** The nth connection, counted from 0. @param {number} n */
    async peer (n) {
      while (peers.length <= n) await new Promise(resolve => waiting.push(() => resolve(undefined)))
      return peers[n]
    }
  }
}

module.exports = { frameServer }
