'use strict'

// What the pool's agents may do otherwise than Node's own, and why. A line that is not needed any more is a failure.

/**
 * Text that is read as Node's wherever the pool's agent says it.
 * @type {Array<{ ours: RegExp, nodes: string, reason: string }>}
 */
const SAID_OTHERWISE = [
  { ours: /"name":"PoolError"/g, nodes: '"name":"Error"', reason: 'an error of the pool has a class of its own, which carries phase and origin; code, message and facts are Node\'s' }
]

const QUEUE = 'the queue is the pool\'s: who has waited is told a turn later, and gets a socket that is connected and says truly whether it was used before'
const PARKED = 'a free socket owns no connection: what becomes of an idle connection is between the pool and the server'
const TAKEN = 'a connection goes back only when the kernel has taken every byte of the request, of which the engine tells a turn later'
const FREE_SOCKETS = 'maxFreeSockets is the pool\'s, over all hosts: 0 keeps none, and it is the longest idle that is closed'
const FREED_FIRST = 'who dials takes a connection that becomes free before the dial is done'
const THROWN = 'a throw in a listener harms no other event, and is thrown again outside of every store'

/**
 * Scenarios that may be told otherwise as a whole.
 * @type {Record<string, string>} name → reason
 */
const MAY_DIFFER = {
  'three requests over one connection': QUEUE,
  'one that waits while the first closes its connection': QUEUE,
  'one that waits while the first fails': QUEUE,
  'one that is destroyed while it waits': QUEUE,
  'one that is aborted by its signal while it waits': QUEUE,
  'the first destroyed while another waits': QUEUE,
  'an agent destroyed while requests wait': QUEUE,
  'a free socket that is destroyed': PARKED,
  'an idle connection that the server closes': PARKED,
  'an idle connection that the server resets': PARKED,
  'a whole reply and the end of the connection': PARKED,
  'a reply that ends while the other side half-closes': PARKED,
  'a reply before its request': TAKEN,
  'an early reply to an upload that ends after it': TAKEN,
  'no free sockets kept': FREE_SOCKETS,
  'one free socket kept of two': FREE_SOCKETS,
  'a request made in the end of the one before': FREED_FIRST,
  'a request made in the close of the one before': FREED_FIRST,
  'a throw in the finish listener': THROWN,
  'a throw in the response listener': THROWN,
  'a reply on an idle connection that nobody asked for': 'Node takes the bytes for the reply to its next request; the pool looks before it uses a connection again',
  'an agent that keeps nothing': 'Node keeps connections of an agent without keepAlive while its limit is finite; a pool without it opens one for each request',
  'a second request over TLS takes the connection of the first': 'the close of a TLS socket is in the store of its first request with Node, and of its last here, as without TLS',
  'the protocol that a server offers': 'the pool asks for http/1.1 by name, so that no server chooses HTTP/2',
  'the face of a socket in each phase': 'a socket has its own address once it is connected, not while it connects'
}

const STEPS = 'nothing is told of a look-up, a connect and a handshake before all three are done'

/**
 * Scenarios that are told otherwise and must not be: faults of the pool's agents. One that is mended leaves this list.
 * @type {Record<string, string>} name → what is wrong
 */
const FAULTS = {
  'a request after the agent was destroyed': 'agent.destroy() leaves the idle connections of the pool open, and the next request is served by one',
  'an authority that nobody knows': STEPS,
  'a name that the certificate does not have': `${STEPS}; the error lacks host and reason`,
  'a server that answers a handshake in clear': `${STEPS}; the code is not EPROTO`,
  'a server that ends a handshake': `${STEPS}; the error lacks host and port`,
  'a server that resets a handshake': STEPS,
  'a reset of an upload of 32 MiB': 'the error is that of the write where Node\'s is that of the read'
}

module.exports = { SAID_OTHERWISE, MAY_DIFFER, FAULTS }
