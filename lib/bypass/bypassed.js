'use strict'

/** Whether requests are to go round the engine (`RAG_POOL_BYPASS=1`). Asked when a pool is made. */
const isBypassed = () => process.env.RAG_POOL_BYPASS === '1'

module.exports = { isBypassed }
