'use strict'

const diagnostics = require('node:diagnostics_channel')
const { left } = require('./servers')

const NAMES = ['request:create', 'client:sendHeaders', 'request:bodyChunkSent', 'request:bodySent', 'request:headers', 'request:bodyChunkReceived',
  'request:trailers', 'request:error']

/**
 * Until the test is over, or earlier.
 * @param {string} name
 * @param {(message: any) => void} listener
 */
function watch (name, listener) {
  diagnostics.subscribe(name, listener)
  const leave = () => { diagnostics.unsubscribe(name, listener) }
  left.push(leave)
  return leave
}

/** What undici's channels tell from here on. */
function told () {
  const all = /** @type {{ name: string, message: any }[] & { leave: () => void }} */ ([])
  const leaving = NAMES.map(name => watch(`undici:${name}`, message => { all.push({ name, message }) }))
  return Object.assign(all, { leave: () => { for (const leave of leaving) leave() } })
}

/** The channels in the order in which they told; of one that told several times running, once. */
const channelsOf = (/** @type {{ name: string }[]} */ all) => all.map(({ name }) => name).filter((name, at, names) => name !== names[at - 1])

module.exports = { channelsOf, told, watch }
