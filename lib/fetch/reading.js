'use strict'

/** @typedef {import('./content').ContentType} Content */

/** What the stream asks; it keeps its content, and so the connection, for as long as itself is kept. */
class Source {
  /** @param {Content} content */
  constructor (content) {
    this.content = content
  }

  /** @param {ReadableStreamDefaultController<Uint8Array>} controller */
  start (controller) {
    this.content.begin(controller)
  }

  pull () {
    this.content.pull()
  }

  cancel () {
    this.content.cancel()
  }
}

/** Waits for the next chunk, and keeps its content for as long. */
class Reading {
  /**
   * @param {Content} content
   * @param {import('../incoming').Incoming} incoming
   */
  constructor (content, incoming) {
    this.content = content
    this.incoming = incoming
  }

  /** @param {Buffer} chunk */
  chunk (chunk) {
    this.incoming.rest()
    this.content.within(() => this.content.hand(chunk))
    this.incoming.credit(chunk.length)
  }

  end () {
    this.content.over(null, true)
  }

  /** @param {unknown} error */
  fail (error) {
    this.content.over(error, true)
  }
}

module.exports = { Reading, Source }
