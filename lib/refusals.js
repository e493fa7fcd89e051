'use strict'

const { PoolError } = require('./errors')

/** Why a pool takes a request on no more. */
const destroyed = () => new PoolError({ code: 'ERR_POOL_DESTROYED', phase: 'queue', message: 'the pool is destroyed' })
const draining = () => new PoolError({ code: 'ERR_POOL_DRAINING', phase: 'queue', message: 'the pool is being drained: it finishes what it has and takes on nothing new' })

module.exports = { destroyed, draining }
