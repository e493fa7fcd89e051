'use strict'

// What the pool's agents may do otherwise than Node's own, and why. An entry that is not needed any more is a failure.

/**
 * Words that are read as others, in what Node's agent tells and in what the pool's does.
 * @type {Array<{ said: RegExp, read: string, reason: string }>}
 */
const WORDS = [
  { said: /"name":"PoolError"/g, read: '"name":"Error"', reason: 'an error of the pool has a class of its own, which carries phase and origin; code, message and facts are Node\'s' },
  { said: /write EPROTO <thread>:error:[0-9A-F]{8}:SSL routines:\w*:([^:]*):[^"]*/g, read: 'write EPROTO SSL routines: $1', reason: 'there is no file and no line of OpenSSL' },
  { said: /; if the root CA is installed locally, try running Node\.js with --use-system-ca/g, read: '', reason: 'the pool has an option of its own for the system\'s roots' }
]

/**
 * Lines that one of the two tells and the other does not.
 * @typedef {object} Difference
 * @property {RegExp} scenarios
 * @property {RegExp[]} lines
 * @property {string} reason
 * @property {number[]} [on] the Nodes on which it is seen; all of them, unless given
 */

/** @type {Difference[]} */
const DIFFERENCES = [
  {
    scenarios: /^(three requests over one connection|one that .* while it waits|one that waits while .*|.* while (another waits|requests wait)|a request made in .*)$/,
    lines: [/^(agent|s\d) (free|lookup|connect|ready|secureConnect)\b/, /^r\d (socket|finish|error|close) /, /^s\d (error|close) /, /^r\d\.res close /],
    reason: 'the queue is the pool\'s: who has waited is told a turn later, in a context of his own, and gets a socket that says truly whether it was used before'
  },
  {
    scenarios: /^one that is (destroyed|aborted by its signal) while it waits$/,
    lines: [/^note (destroyed|aborted) /, /^r1 response /, /^r1\.res (resume|end) /],
    reason: 'who is given up leaves the queue at once, which all ways in share and maxQueued bounds; Node\'s agent lists him until his turn would have come'
  },
  {
    scenarios: /^an idle connection that the server (closes|resets)$/,
    lines: [/^s1 (end|finish|error|agentRemove|close)\b/],
    reason: 'a free socket owns no connection: it closes when the next dial shows that nothing is idle'
  },
  {
    scenarios: /^(a whole reply and the end of the connection|a reply that ends while the other side half-closes)$/,
    lines: [/^s1 (end|finish|close)\b/, /^(agent|s1) free\b/, /^r1\.res close /, /^r2 socket /, /^note agent destroyed/],
    reason: 'an end that has come with the reply is seen before the socket is free, so that its connection never is'
  },
  {
    scenarios: /^(a reply before its request|an early reply to an upload .*)$/,
    lines: [/^(agent|s1) free\b/],
    reason: 'a connection goes back only when the kernel has taken every byte of the request, of which the engine tells a turn later'
  },
  {
    scenarios: /^no free sockets kept$/,
    lines: [/^r2 socket /, /^(agent|s\d) (free|connect|ready|close)\b/, /^connection /],
    reason: 'maxFreeSockets: 0 keeps none; Node hands on one that it closes'
  },
  {
    scenarios: /^one free socket kept of two$/,
    lines: [/^note it was the first /, /^connection /],
    reason: 'beyond maxFreeSockets the pool closes the connection that was idle longest, Node the one that became free last'
  },
  {
    scenarios: /^a throw in the response listener$/,
    lines: [/^note uncaught /],
    reason: 'a throw harms no event of another request that came with it, and is thrown when those are told'
  },
  {
    scenarios: /^a reply on an idle connection that nobody asked for$/,
    lines: [/^r2 (socket|response) /, /^r2\.res (end|close) /, /^(agent|s\d) (free|connect|ready|close)\b/, /^connection /],
    reason: 'Node takes the bytes for the reply to its next request; the pool looks before it uses a connection again'
  },
  {
    scenarios: /^an agent that keeps nothing, with a limit$/,
    lines: [/^r\d close /, /^(agent|s\d) (free|finish|close)\b/, /^note agent destroyed/, /^connection /],
    reason: 'Node asks the server to keep connections of an agent without keepAlive while its limit is finite; a pool without it opens one for each request'
  },
  {
    scenarios: /^a second request over TLS takes the connection of the first$/,
    lines: [/^s1 close /],
    reason: 'the close of a TLS socket is in the store of its first request with Node, and of its last here, as without TLS'
  },
  {
    scenarios: /^the protocol that a server offers$/,
    lines: [/^note alpn /],
    reason: 'the pool asks for http/1.1 by name, so that no server chooses HTTP/2'
  },
  {
    scenarios: /^the face of a socket in each phase$/,
    lines: [/^note assigned /],
    reason: 'a socket has its own address once it is connected, not while it connects'
  },
  {
    scenarios: /^a server that answers a handshake in clear$/,
    lines: [/^r1 finish /],
    reason: 'a request of which no byte was sent is not said to be written, as later Nodes do not say it',
    on: [20, 22]
  },
  {
    scenarios: /^callbacks of writes on a socket that is destroyed in an upload$/,
    lines: [/^note written /],
    reason: 'who wrote is told that his bytes were not sent, as later Nodes tell him',
    on: [20]
  },
  {
    scenarios: /^the certificate of the server$/,
    lines: [/^note chain /],
    reason: 'who vouches for a server that sent its own certificate alone is told, which Node\'s agent does from 26 on',
    on: [20, 22, 24]
  }
]

module.exports = { DIFFERENCES, WORDS }
