'use strict'

// The two calls of OpenAI's API that retrieval needs, over the pool.

const { createParser } = require('eventsource-parser')
const { Refusal } = require('./refusal')

/**
 * @typedef {import('../..').ConnectionPoolManager} ConnectionPoolManager
 * @typedef {{ role: 'system' | 'user', content: string }} Message
 */

class Api {
  #pool
  #backend

  /**
   * @param {ConnectionPoolManager} pool
   * @param {import('./backend').Backend} backend
   */
  constructor (pool, backend) {
    this.#pool = pool
    this.#backend = backend
  }

  /**
   * @param {string[]} texts
   * @param {AbortSignal} signal
   * @returns {Promise<Float32Array[]>} in the order of the texts
   */
  async embed (texts, signal) {
    const body = await this.#post('/embeddings', { model: this.#backend.models.embedding, input: texts }, signal)
    /** @type {{ data: Array<{ index: number, embedding: number[] }> }} */
    const { data } = await body.json()
    return data.sort((a, b) => a.index - b.index).map(({ embedding }) => Float32Array.from(embedding))
  }

  /**
   * @param {Message[]} messages
   * @param {AbortSignal} signal
   * @returns {AsyncGenerator<string>} the answer, piece by piece as it arrives
   */
  async * chat (messages, signal) {
    const body = await this.#post('/chat/completions', { model: this.#backend.models.chat, messages, stream: true }, signal)
    /** @type {string[]} */
    const arrived = []
    const parser = createParser({ onEvent: ({ data }) => { arrived.push(data) } })
    const decoder = new TextDecoder()
    // The body is read past `[DONE]` to its end: so its connection can serve the next request.
    for await (const bytes of body) {
      parser.feed(decoder.decode(bytes, { stream: true }))
      for (const data of arrived.splice(0)) if (data !== '[DONE]') yield contentOf(data)
    }
  }

  /**
   * @param {string} path
   * @param {object} value
   * @param {AbortSignal} signal
   */
  async #post (path, value, signal) {
    const { statusCode, body } = await this.#pool.request(`${this.#backend.baseUrl}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.#backend.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(value),
      signal
    }).catch((/** @type {Error & { code?: string }} */ error) => {
      throw signal.aborted ? error : new Refusal(`The API could not be asked for ${path}: ${error.message} (${error.code ?? error.name}).`)
    })
    if (statusCode !== 200) throw new Refusal(`The API answered ${path} with ${statusCode}: ${reasonIn(await body.text())}`)
    return body
  }
}

/** @param {string} data */
function contentOf (data) {
  /** @type {{ choices: Array<{ delta?: { content?: string | null } }> }} */
  const { choices } = JSON.parse(data)
  return choices[0]?.delta?.content ?? ''
}

/** @param {string} text */
function reasonIn (text) {
  try {
    return JSON.parse(text).error.message
  } catch {
    return text.slice(0, 200) || 'no reason given.'
  }
}

module.exports = { Api }
