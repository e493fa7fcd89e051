'use strict'

const { VirtualSocket } = require('./virtual-socket')
const { VirtualTlsSocket } = require('./virtual-tls-socket')

/**
 * A socket that tells the agent of itself, whichever request it serves.
 * @param {'http' | 'https'} scheme
 * @param {any} agent
 */
function newSocket (scheme, agent) {
  const socket = scheme === 'https' ? new VirtualTlsSocket() : new VirtualSocket()
  // The agent itself does not look at the options, which are put together for whoever else listens.
  socket.on('free', () => agent.emit('free', socket, agent.listenerCount('free') > 1 ? socket.carriage?.options : undefined))
  socket.on('close', () => socket.carriage?.closed())
  socket.on('agentRemove', () => socket.carriage?.detached())
  return socket
}

module.exports = { newSocket }
