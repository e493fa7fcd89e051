export {
  addAxiosPoolingInterceptor, createPooledAnthropicClient, createPooledFetchWrapper, createPooledHttpClient, createPooledNodeFetch,
  createPooledOpenAIClient, getPoolMetrics, getPoolReport, getPoolStatus, removeAxiosPoolingInterceptor
} from './clients.js'
