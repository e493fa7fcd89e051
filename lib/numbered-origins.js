'use strict'

const MOST_ORIGINS = 1000

/**
 * What was asked for by the origin's text, each under a number by which the engine knows it. The least recently added goes
 * first when there are too many: an application that visits millions keeps a thousand.
 * @template Known
 */
class NumberedOrigins {
  /** @type {Map<string, { number: number, known: Known }>} */ #all = new Map()
  /** @type {Numbers} */ #numbers
  /** @type {(number: number, known: Known) => void} */ #forget

  /**
   * @param {Numbers} numbers shared by all whose numbers the engine tells apart by nothing else
   * @param {(number: number, known: Known) => void} forget tells the engine that a number may be named anew
   */
  constructor (numbers, forget) {
    this.#numbers = numbers
    this.#forget = forget
  }

  /**
   * @param {string} text
   * @returns {Known | undefined}
   */
  get (text) {
    return this.#all.get(text)?.known
  }

  /** @returns {IterableIterator<[string, { number: number, known: Known }]>} */
  [Symbol.iterator] () { return this.#all.entries() }

  /**
   * @param {string} text
   * @param {(number: number) => Known} name tells the engine of the number
   * @returns {Known}
   */
  add (text, name) {
    if (this.#all.size >= MOST_ORIGINS) this.#forgetOldest()
    const number = this.#numbers.take()
    const known = name(number)
    this.#all.set(text, { number, known })
    return known
  }

  #forgetOldest () {
    const [oldest] = this.#all
    if (oldest === undefined) return
    const [text, entry] = oldest
    this.#all.delete(text)
    this.#release(entry)
  }

  /** @param {{ number: number, known: Known }} entry */
  #release ({ number, known }) {
    this.#forget(number, known)
    this.#numbers.giveBack(number)
  }

  clear () {
    for (const entry of this.#all.values()) this.#release(entry)
    this.#all.clear()
  }
}

/** Numbers that are in nobody's use. */
class Numbers {
  #next = 0
  /** @type {number[]} */ #free = []

  take () {
    return this.#free.pop() ?? this.#next++
  }

  /** @param {number} number */
  giveBack (number) {
    this.#free.push(number)
  }
}

module.exports = { NumberedOrigins, Numbers }
