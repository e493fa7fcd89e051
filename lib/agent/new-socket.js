'use strict'

const { VirtualSocket } = require('./virtual-socket')
const { VirtualTlsSocket } = require('./virtual-tls-socket')

/**
 * A socket that tells the agent of itself, whichever request it serves, until it is a request's own: what a tunnel carries then may
 * be requests again, of which the agent knows nothing.
 * @param {'http' | 'https'} scheme
 * @param {any} agent
 */
function newSocket (scheme, agent) {
  const socket = scheme === 'https' ? new VirtualTlsSocket() : new VirtualSocket()
  // The agent itself does not look at the options, which are put together for whoever else listens.
  const freed = () => agent.emit('free', socket, agent.listenerCount('free') > 1 ? carriageOf(socket)?.options : undefined)
  const closed = () => carriageOf(socket)?.closed()
  socket.on('free', freed)
  socket.on('close', closed)
  socket.once('agentRemove', () => {
    socket.removeListener('free', freed)
    socket.removeListener('close', closed)
    carriageOf(socket)?.detached()
  })
  return socket
}

/**
 * The request that a socket which was made here serves, or served last.
 * @param {VirtualSocket} socket
 */
function carriageOf (socket) {
  return /** @type {import('./carriage').Carriage | null} */ (socket.carriage)
}

module.exports = { newSocket, carriageOf }
