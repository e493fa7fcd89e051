'use strict'

/** Random numbers that a seed repeats: SplitMix32, whose whole state is a counter. */
class Dice {
  #state

  /** @param {number} seed */
  constructor (seed) {
    this.#state = seed >>> 0
  }

  /** From 0 up to 1, without it. */
  roll () {
    this.#state = (this.#state + 0x9e3779b9) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32
  }

  /** An integer, both ends included. @param {number} least @param {number} most */
  between (least, most) {
    return least + Math.floor(this.roll() * (most - least + 1))
  }

  /** @param {number} share of the times */
  chance (share) {
    return this.roll() < share
  }

  /**
   * @template T
   * @param {readonly T[]} values
   * @returns {T}
   */
  pick (values) {
    return values[this.between(0, values.length - 1)]
  }

  /** One for another thread, so that neither's order depends on the other's. */
  split () {
    return this.between(0, 2 ** 32 - 1)
  }
}

module.exports = { Dice }
