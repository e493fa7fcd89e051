'use strict'

const { open: opened } = require('../support/pools')

beforeAll(() => jest.spyOn(process, 'emitWarning').mockImplementation(() => {}))
afterAll(() => jest.restoreAllMocks())

/**
 * A pool for one test that is made while the variable is set.
 * @param {any} [options]
 */
function open (options) {
  process.env.RAG_POOL_BYPASS = '1'
  try {
    return opened(options)
  } finally {
    delete process.env.RAG_POOL_BYPASS
  }
}

module.exports = { open }
