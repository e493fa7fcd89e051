'use strict'

// The process of one contender. Its parent orders, it obeys: one order at a time, one answer to each.

const { contenders } = require('../contenders')
const { run } = require('./load')
const { carry } = require('./transfer')
const { dial } = require('./dials')
const { pace } = require('./pace')
const { read } = require('./streams')
const { run: race } = require('./race')

/** @type {import('../contenders').Client | undefined} */
let client

/** @type {Record<string, (order: any) => unknown>} */
const orders = {
  async open ({ name, origin, setting }) {
    const contender = /** @type {() => {version: string, open: import('../contenders').Open}} */ (contenders[name])()
    client = await contender.open(origin, setting)
    return { version: contender.version }
  },
  transfer: ({ transfer }) => carry(/** @type {import('../contenders').Client} */ (client), transfer),
  dial: ({ name, origin, setting, dials }) => dial(contenders[name]?.().open, origin, setting, dials),
  load: load => run(/** @type {import('../contenders').Client} */ (client), load),
  race: order => race(/** @type {import('../contenders').Client} */ (client), order.race),
  pace: ({ pace: given }) => pace(/** @type {import('../contenders').Client} */ (client), given),
  streams: ({ streams }) => read(/** @type {import('../contenders').Client} */ (client), streams),
  /** Twice, because what a finalizer lets go is collected by the next one. */
  async memory () {
    for (let i = 0; i < 2; i++) {
      global.gc?.()
      await new Promise(resolve => { setImmediate(resolve) })
    }
    const { rss, heapTotal, heapUsed, external } = process.memoryUsage()
    const [rssMegabytes, reservedMegabytes, heapMegabytes, externalMegabytes] =
      [rss, heapTotal, heapUsed, external].map(bytes => bytes / 2 ** 20)
    return { rssMegabytes, reservedMegabytes, heapMegabytes, externalMegabytes }
  },
  close: () => client?.close()
}

process.on('message', (/** @type {any} */ order) => {
  obey(order).then(answer => process.send?.(answer), error => { throw error })
})
process.on('disconnect', () => process.exit())

/** @param {any} order */
async function obey (order) {
  try {
    return { result: await orders[order.order]?.(order) }
  } catch (error) {
    return { error: error instanceof Error ? error.stack : String(error) }
  }
}
