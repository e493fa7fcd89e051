'use strict'

const { runChild } = require('../support/child')

const all = require('../..')

const NAMES = {
  'connection-pool': ['ConnectionPoolManager', 'DEFAULT_CONFIG', 'createPooledFetch', 'getGlobalPool', 'resetGlobalPool'],
  'api-client-pool-integration': [
    'addAxiosPoolingInterceptor', 'createPooledAnthropicClient', 'createPooledFetchWrapper', 'createPooledHttpClient', 'createPooledNodeFetch',
    'createPooledOpenAIClient', 'getPoolMetrics', 'getPoolReport', 'getPoolStatus', 'removeAxiosPoolingInterceptor'
  ]
}

describe.each(Object.entries(NAMES))('rag-connection-pool/%s', (name, names) => {
  test('has the names that an application uses', () => {
    expect(Object.keys(require(`rag-connection-pool/${name}`)).sort()).toEqual(names)
  })

  test('has the same things as the main entry', () => {
    const part = require(`rag-connection-pool/${name}`)
    expect(names.filter(name => part[name] !== all[name])).toEqual([])
  })

  test('can be imported, and is the module that require gives', async () => {
    const { code, stdout, stderr } = await runChild(`
      const imported = await import('rag-connection-pool/${name}')
      const required = require('rag-connection-pool/${name}')
      console.log(Object.keys(imported).sort().join(), imported.default === required)`, { bare: true })
    expect([code, stdout, stderr]).toEqual([0, `${[...names, 'default'].sort()} true\n`, ''])
  })
})
