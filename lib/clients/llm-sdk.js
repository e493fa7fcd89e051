'use strict'

// OpenAI's and Anthropic's SDKs take the fetch that they are to use. Handing them the pool's keeps everything else theirs:
// classes, retries, timeouts, streams.

const { Readable } = require('node:stream')
const { asObject, badInput, shown } = require('../errors')
const { chosenPool } = require('./chosen-pool')
const { createPooledFetch } = require('../fetch/global')

/** The global pool, where one of these two makes it. */
const LLM_POOL = { maxSockets: 30, maxSocketsPerHost: 30, maxFreeSockets: 10, timeout: 60_000 }

/** What would send requests past the pool, or would be ignored by it. */
const OTHER_WAYS = ['fetch', 'httpAgent']

/**
 * An OpenAI client whose requests the pool carries.
 * @template {new (options: any) => any} Class
 * @param {Class} OpenAI the SDK's class, of version 4 or later
 * @param {any} [config] the SDK's own options
 * @param {import('../pool').ConnectionPoolManager} [pool] default: the global one
 * @returns {InstanceType<Class>}
 */
function createPooledOpenAIClient (OpenAI, config, pool) {
  return construct(OpenAI, 'OpenAI', config, pool)
}

/**
 * An Anthropic client whose requests the pool carries.
 * @template {new (options: any) => any} Class
 * @param {Class} Anthropic the SDK's class
 * @param {any} [config] the SDK's own options
 * @param {import('../pool').ConnectionPoolManager} [pool] default: the global one
 * @returns {InstanceType<Class>}
 */
function createPooledAnthropicClient (Anthropic, config, pool) {
  return construct(Anthropic, 'Anthropic', config, pool)
}

/**
 * @template {new (options: any) => any} Class
 * @param {Class} Sdk
 * @param {string} name
 * @param {any} config
 * @param {any} given
 * @returns {InstanceType<Class>}
 */
function construct (Sdk, name, config = {}, given) {
  if (typeof Sdk !== 'function') throw badInput(TypeError, 'ERR_INVALID_ARG_TYPE', `${name} must be the SDK's class; received ${shown(Sdk)}`)
  const options = asObject(config, 'config')
  for (const way of OTHER_WAYS) {
    if (options[way] !== undefined) throw badInput(TypeError, 'ERR_INVALID_ARG_VALUE', `config.${way} cannot be given, because requests go through the pool`)
  }
  if (options.fetchOptions?.dispatcher !== undefined) {
    throw badInput(TypeError, 'ERR_INVALID_ARG_VALUE', 'config.fetchOptions.dispatcher cannot be given, because requests go through the pool')
  }
  return new Sdk({ ...options, fetch: streaming(createPooledFetch(chosenPool(given, LLM_POOL))) })
}

/**
 * Version 4 of OpenAI's SDK uploads files as a stream and, made for node-fetch, does not say that it is one.
 * @param {typeof globalThis.fetch} fetch
 */
function streaming (fetch) {
  return (/** @type {any} */ input, /** @type {any} */ init) => fetch(input, init?.body instanceof Readable ? { ...init, duplex: 'half' } : init)
}

module.exports = { createPooledAnthropicClient, createPooledOpenAIClient }
