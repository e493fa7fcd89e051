'use strict'

// A relay as far away as it is told: `fork(relay, [port, delayMs])` answers with the port that it listens on. It passes bytes on
// after the delay, each way, and keeps a new connection's first ones for another two: the kernel's own handshake over loopback
// takes no time, and between two cities it takes a round trip.

const net = require('node:net')

const [port = 0, delayMs = 0] = process.argv.slice(2).map(Number)

const server = net.createServer({ noDelay: true, pauseOnConnect: true }, near => {
  const far = net.connect({ port, host: '127.0.0.1', noDelay: true })
  const since = performance.now()
  const opened = () => Math.max(0, since + 2 * delayMs - performance.now())
  pass(near, far, opened)
  pass(far, near, () => 0)
  near.resume()
})

/**
 * @param {net.Socket} from
 * @param {net.Socket} to
 * @param {() => number} more ms
 */
function pass (from, to, more) {
  const later = (/** @type {() => void} */ act) => { setTimeout(act, delayMs + more()) }
  from.on('data', bytes => later(() => { to.write(bytes) }))
  from.on('end', () => later(() => { to.end() }))
  from.on('error', () => later(() => { to.destroy() }))
}

server.listen(0, '127.0.0.1', () => { process.send?.(/** @type {net.AddressInfo} */ (server.address()).port) })
process.on('disconnect', () => process.exit())
