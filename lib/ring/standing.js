'use strict'

/** How many bodies of a pool stand still, each of which holds no process open. */
class Standing {
  #count = 0
  #isOver = false
  #submissions

  /** @param {{ stand: (by: number) => void }} submissions */
  constructor (submissions) {
    this.#submissions = submissions
  }

  /**
   * One more, or one less.
   * @param {1 | -1} by
   */
  change (by) {
    if (this.#isOver) return
    this.#count += by
    this.#submissions.stand(by)
  }

  /** The pool is destroyed: what is in flight goes on to its end, of which its callers are told. */
  end () {
    this.#isOver = true
    if (this.#count > 0) this.#submissions.stand(-this.#count)
  }
}

module.exports = { Standing }
