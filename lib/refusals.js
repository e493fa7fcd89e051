'use strict'

const { PoolError, badInput } = require('./errors')

/** Why a pool takes a request on no more. */
const destroyed = () => new PoolError({ code: 'ERR_POOL_DESTROYED', phase: 'queue', message: 'the pool is destroyed' })
const draining = () => new PoolError({ code: 'ERR_POOL_DRAINING', phase: 'queue', message: 'the pool is being drained: it finishes what it has and takes on nothing new' })

/** Why there is no pool. */
const bypassedProxy = () => badInput(TypeError, 'ERR_INVALID_ARG_VALUE',
  'proxy must be left out, and proxyEnv false, under RAG_POOL_BYPASS=1: the agents of Node that it puts in place go by none')

module.exports = { bypassedProxy, destroyed, draining }
