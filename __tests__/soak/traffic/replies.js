'use strict'

const { Wrong } = require('../calls')

const PIECE = Buffer.from(Array.from({ length: 256 }, (_, i) => i))

/** Whether what came of `/bytes` is what was sent: byte i is i mod 256. */
class Pattern {
  #at = 0

  /** @param {Uint8Array} chunk */
  take (chunk) {
    const first = chunk[0] !== this.#at % 256
    const last = chunk[chunk.length - 1] !== (this.#at + chunk.length - 1) % 256
    if (chunk.length > 0 && (first || last)) throw new Wrong(`bytes from ${this.#at} on are not those that were sent`)
    this.#at += chunk.length
  }

  /** @param {number} length */
  end (length) {
    if (this.#at !== length) throw new Wrong(`${this.#at} of ${length} bytes came`)
  }
}

/** Whether each token of a stream of events came, in order. */
class Tokens {
  #rest = ''
  #next = 0
  #isDone = false

  /** @param {Uint8Array} chunk */
  take (chunk) {
    const events = (this.#rest + Buffer.from(chunk).toString('latin1')).split('\n\n')
    this.#rest = events.pop() ?? ''
    for (const event of events) this.#event(event)
  }

  /** @param {string} event */
  #event (event) {
    if (event === 'data: [DONE]') {
      this.#isDone = true
      return
    }
    const index = /"index":(\d+)/.exec(event)?.[1]
    if (Number(index) !== this.#next) throw new Wrong(`token ${index} came where ${this.#next} was due`)
    this.#next++
  }

  /** @param {number} count */
  end (count) {
    if (this.#next !== count || !this.#isDone || this.#rest !== '') throw new Wrong(`${this.#next} of ${count} tokens came`)
  }
}

/** @param {number} status @param {number} [wanted] */
function ensureStatus (status, wanted = 200) {
  if (status !== wanted) throw new Wrong(`status ${status} instead of ${wanted}`)
}

/** @param {any} got @param {number} bytes */
function ensureTaken (got, bytes) {
  if (got.bytes !== bytes) throw new Wrong(`the server took ${got.bytes} of ${bytes} bytes`)
}

/**
 * A body of so many bytes, in pieces of all sizes.
 * @param {import('../dice').Dice} dice
 * @param {number} bytes
 */
async function * pieces (dice, bytes) {
  for (let left = bytes; left > 0;) {
    const size = Math.min(left, dice.between(1, 40_000))
    left -= size
    if (dice.chance(0.2)) await new Promise(resolve => { setTimeout(resolve, dice.between(0, 5)) })
    yield Buffer.alloc(size, PIECE)
  }
}

module.exports = { Pattern, Tokens, ensureStatus, ensureTaken, pieces }
