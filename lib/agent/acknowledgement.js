'use strict'

/** Bytes that may be on their way to the kernel while the writer is told that they are written. */
const WINDOW = 64 * 1024

/**
 * When a writer is told that its bytes are written. Told when they are queued, it would free a connection with megabytes of an
 * upload unsent; told when the kernel has them, every small request would wait a turn. So it is told at once within a window, and
 * by the kernel beyond it and at the end.
 */
class Acknowledgement {
  /** @type {(() => void) | null} */ #written = null
  /** @type {(() => void) | null} */ #finished = null
  /** @type {(() => void) | null} */ #taken = null

  /** Whether somebody waits to be told. */
  get isOwed () {
    return this.#written !== null || this.#finished !== null
  }

  /**
   * @param {number} outstanding bytes that the kernel has not taken yet
   * @param {() => void} done
   */
  write (outstanding, done) {
    if (outstanding <= WINDOW) done()
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

  /** @param {number} outstanding */
  onTaken (outstanding) {
    if (outstanding <= WINDOW) this.takeBack()
    if (outstanding > 0) return
    const [finished, taken] = [this.#finished, this.#taken]
    this.#finished = this.#taken = null
    finished?.()
    taken?.()
  }

  /** As with Node, who waits for the kernel on a socket that is destroyed hears of no error. */
  takeBack () {
    const written = this.#written
    this.#written = null
    written?.()
  }
}

module.exports = { Acknowledgement }
