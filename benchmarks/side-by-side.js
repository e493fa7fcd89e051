'use strict'

const { Contender } = require('./contender')

const KEEP_IDLE_MS = 60_000

/** @typedef {import('../__tests__/servers/launch').Server} Server */
/** @typedef {{ origin: string, ca?: string, h2?: boolean }} Place */
/** @typedef {'plain' | 'tls' | 'h2'} Way */

/**
 * Where the bench server answers: in clear, over TLS, or over TLS and HTTP/2.
 * @param {Server} server
 * @param {Way} way
 * @returns {Place}
 */
function place ({ http, https, https1, ca }, way) {
  switch (way) {
    case 'plain': return { origin: `http://127.0.0.1:${http}` }
    case 'tls': return { origin: `https://localhost:${https1}`, ca }
    case 'h2': return { origin: `https://localhost:${https}`, ca, h2: true }
  }
}

/**
 * What a client is opened with: all the same limits, and connections that outlast the rounds.
 * @param {Place} place
 * @param {{ connections: number, read?: 'json' | 'text', streams?: number }} limits
 * @returns {import('./contenders').Setting}
 */
function settingOf ({ ca, h2 }, limits) {
  return { keepIdleMs: KEEP_IDLE_MS, read: 'json', ...limits, ...ca !== undefined && { ca }, ...h2 !== undefined && { h2 } }
}

/**
 * Clients in processes of their own, for as long as they are measured.
 * @template T
 * @param {readonly string[]} names
 * @param {Place} place
 * @param {{ connections: number, read?: 'json' | 'text', streams?: number }} limits
 * @param {(contenders: Contender[]) => Promise<T>} measure
 * @param {import('./contender').Surroundings} [surroundings]
 * @returns {Promise<{ versions: Record<string, string>, measured: T }>}
 */
async function sideBySide (names, place, limits, measure, surroundings) {
  const contenders = names.map(name => new Contender(name, surroundings))
  try {
    for (const contender of contenders) await contender.open(place.origin, settingOf(place, limits))
    const measured = await measure(contenders)
    for (const contender of contenders) await contender.close()
    return { versions: Object.fromEntries(contenders.map(({ name, version }) => [name, version])), measured }
  } finally {
    // Else the run would wait for who is left when another fails.
    for (const contender of contenders) await contender.kill()
  }
}

module.exports = { place, settingOf, sideBySide }
