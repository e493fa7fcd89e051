'use strict'

const os = require('node:os')
const { performance } = require('node:perf_hooks')
const { UploadWindow } = require('./upload-window')

/**
 * When a writer is told that its bytes are written. Told when they are queued, it would free a connection with megabytes of an
 * upload unsent; told when the kernel has them, every small request would wait a turn. So it is told at once within a window, and
 * by the kernel beyond it and at the end.
 */
class Acknowledgement {
  /** @type {((error?: Error) => void) | null} */ #written = null
  /** @type {(() => void) | null} */ #finished = null
  /** @type {(() => void) | null} */ #taken = null
  #window = new UploadWindow()

  /** Whether its writer waits to be told. */
  get isOwed () {
    return this.#written !== null || this.#finished !== null
  }

  /** Whether anybody does. */
  get isAwaited () {
    return this.isOwed || this.#taken !== null
  }

  /**
   * @param {number} outstanding bytes that the kernel has not taken yet
   * @param {(error?: Error) => void} done
   */
  write (outstanding, done) {
    if (outstanding <= this.#window.size) done()
    else this.#written = done
  }

  /**
   * @param {number} outstanding
   * @param {() => void} done
   */
  finish (outstanding, done) {
    if (outstanding === 0) done()
    else this.#finished = done
  }

  /**
   * @param {number} outstanding
   * @param {() => void} then once every byte is the kernel's; at once, if it is already
   */
  whenTaken (outstanding, then) {
    if (outstanding === 0) then()
    else this.#taken = then
  }

  /**
   * @param {number} outstanding
   * @param {number} written of the exchange, with what is outstanding
   */
  onTaken (outstanding, written) {
    this.#window.taken(written - outstanding, now)
    if (outstanding <= this.#window.size) this.#tellWriter()
    if (outstanding > 0) return
    const [finished, taken] = [this.#finished, this.#taken]
    this.#finished = this.#taken = null
    finished?.()
    taken?.()
  }

  /** The exchange is over. What waits for its last bytes is no part of the next. */
  end () {
    this.#taken = null
    this.#window.end()
  }

  /** The socket is destroyed: what the kernel does not have it will not get. */
  takeBack () {
    const { ECANCELED } = os.constants.errno
    this.#tellWriter(Object.assign(new Error('write ECANCELED'), { code: 'ECANCELED', errno: -ECANCELED, syscall: 'write' }))
  }

  /** @param {Error} [error] */
  #tellWriter (error) {
    const written = this.#written
    this.#written = null
    written?.(error)
  }
}

const now = () => performance.now()

module.exports = { Acknowledgement }
