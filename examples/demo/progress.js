'use strict'

const { SingleBar, Presets } = require('cli-progress')

/**
 * A bar on a terminal, one plain line at the end elsewhere.
 * @param {string} what
 * @param {number} total
 * @param {import('node:tty').WriteStream | import('node:stream').Writable} output
 * @returns {{ advance: (count: number) => void, stop: () => void }}
 */
function startProgress (what, total, output) {
  return 'isTTY' in output && output.isTTY ? bar(what, total, output) : line(what, total, output)
}

/**
 * @param {string} what
 * @param {number} total
 * @param {import('node:stream').Writable} output
 */
function bar (what, total, output) {
  const shown = new SingleBar({
    format: `${what} {bar} {value}/{total}`,
    stream: output,
    hideCursor: true,
    clearOnComplete: false,
    // The bar would otherwise end the process by itself on Ctrl-C.
    gracefulExit: false
  }, Presets.shades_classic)
  shown.start(total, 0)
  return { advance: (/** @type {number} */ count) => shown.increment(count), stop: () => shown.stop() }
}

/**
 * @param {string} what
 * @param {number} total
 * @param {import('node:stream').Writable} output
 */
function line (what, total, output) {
  let done = 0
  return {
    advance (/** @type {number} */ count) { done += count },
    stop () { output.write(`${what} ${done}/${total}\n`) }
  }
}

module.exports = { startProgress }
