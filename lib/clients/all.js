'use strict'

// The helpers, each loaded when it is first called: an application uses one or two of them, and loading the package is to
// stay quick.

module.exports = {
  /** @type {typeof import('./axios/interceptor').addAxiosPoolingInterceptor} */
  addAxiosPoolingInterceptor: (axios, pool) => require('./axios/interceptor').addAxiosPoolingInterceptor(axios, pool),
  /** @type {typeof import('./axios/interceptor').removeAxiosPoolingInterceptor} */
  removeAxiosPoolingInterceptor: axios => require('./axios/interceptor').removeAxiosPoolingInterceptor(axios),
  /** @type {typeof import('./llm-sdk').createPooledAnthropicClient} */
  createPooledAnthropicClient: (Anthropic, config, pool) => require('./llm-sdk').createPooledAnthropicClient(Anthropic, config, pool),
  /** @type {typeof import('./llm-sdk').createPooledOpenAIClient} */
  createPooledOpenAIClient: (OpenAI, config, pool) => require('./llm-sdk').createPooledOpenAIClient(OpenAI, config, pool),
  /** @type {typeof import('../fetch/global').createPooledFetch} */
  createPooledFetch: pool => require('../fetch/global').createPooledFetch(pool),
  /** @type {typeof import('../fetch/global').installGlobal} */
  installGlobal: pool => require('../fetch/global').installGlobal(pool),
  /** @type {typeof import('./http-client').createPooledHttpClient} */
  createPooledHttpClient: (options, pool) => require('./http-client').createPooledHttpClient(options, pool),
  /** @type {typeof import('./node-fetch').createPooledNodeFetch} */
  createPooledNodeFetch: (nodeFetch, pool) => require('./node-fetch').createPooledNodeFetch(nodeFetch, pool)
}
