'use strict'

/** As much as Buffer takes from its own pool, whose store nobody can transfer away while others have their part of it. */
const MOST = 4095
const NOTHING = Buffer.alloc(0)

/**
 * Bytes out of the completion slab, which the next batch writes over, so that no view of it may reach user code. What stands close
 * together is copied together: to copy each on its own, with two typed arrays and a call, takes longer than all else that is done
 * with a small one here.
 */
class Copies {
  /** @type {Buffer} */ #slab
  #copied = NOTHING
  /** Which bytes of the slab these are. */ #from = 0
  #to = 0
  /** Where the batch ends. */ #end = 0

  /** @param {Buffer} slab */
  constructor (slab) {
    this.#slab = slab
  }

  /**
   * Another batch stands in the slab.
   * @param {number} end of it, in bytes
   */
  begin (end) {
    this.#end = end
    this.#from = this.#to = 0
    this.#copied = NOTHING
  }

  /**
   * @param {number} start
   * @param {number} length
   * @returns {Buffer}
   */
  of (start, length) {
    if (length > MOST) return this.#copy(start, length)
    if (start < this.#from || start + length > this.#to) {
      const most = Math.min(MOST, Math.max(length, this.#end - start))
      this.#copied = this.#copy(start, most)
      this.#from = start
      this.#to = start + most
    }
    const at = start - this.#from
    return this.#copied.subarray(at, at + length)
  }

  /**
   * @param {number} start
   * @param {number} length
   */
  #copy (start, length) {
    const copy = Buffer.allocUnsafe(length)
    this.#slab.copy(copy, 0, start, start + length)
    return copy
  }
}

module.exports = { Copies }
