'use strict'

// The two calls of OpenAI's API that retrieval needs, by OpenAI's own SDK.

const { Refusal } = require('./refusal')

/** @typedef {import('openai').OpenAI.ChatCompletionMessageParam} Message */

class Api {
  #client
  #models

  /**
   * @param {import('openai').OpenAI} client
   * @param {import('./backend').Backend['models']} models
   */
  constructor (client, models) {
    this.#client = client
    this.#models = models
  }

  /**
   * @param {string[]} texts
   * @param {AbortSignal} signal
   * @returns {Promise<Float32Array[]>} in the order of the texts
   */
  async embed (texts, signal) {
    const asked = this.#client.embeddings.create({ model: this.#models.embedding, input: texts }, { signal })
    const { data } = await refusing('/embeddings', asked)
    return data.sort((a, b) => a.index - b.index).map(({ embedding }) => Float32Array.from(embedding))
  }

  /**
   * @param {Message[]} messages
   * @param {AbortSignal} signal
   * @returns {AsyncGenerator<string>} the answer, piece by piece as it arrives
   */
  async * chat (messages, signal) {
    const asked = this.#client.chat.completions.create({ model: this.#models.chat, messages, stream: true }, { signal })
    for await (const { choices } of await refusing('/chat/completions', asked)) yield choices[0]?.delta.content ?? ''
  }
}

/**
 * What the SDK throws, as a sentence where the user can put it right.
 * @template T
 * @param {string} path
 * @param {Promise<T>} asked
 * @returns {Promise<T>}
 */
function refusing (path, asked) {
  return asked.catch((/** @type {Error & { status?: number, error?: { message?: string } }} */ error) => {
    if (error.status !== undefined) throw new Refusal(`The API answered ${path} with ${error.status}: ${error.error?.message ?? error.message}`)
    if (error.cause instanceof Error) throw new Refusal(`The API could not be asked for ${path}: ${reasonOf(error.cause)}.`)
    throw error
  })
}

/** A fetch names its failure's reason as a cause. @param {Error & { code?: string }} error */
function reasonOf (error) {
  const { message, code, name } = /** @type {Error & { code?: string }} */ (error.cause instanceof Error ? error.cause : error)
  return `${message} (${code ?? name})`
}

module.exports = { Api }
