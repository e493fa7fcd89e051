export {
  addAxiosPoolingInterceptor, createPooledAnthropicClient, createPooledHttpClient, createPooledNodeFetch,
  createPooledOpenAIClient, getPoolMetrics, getPoolReport, getPoolStatus, removeAxiosPoolingInterceptor
} from './clients.js'
export { createPooledFetchWrapper } from './fetch.js'
