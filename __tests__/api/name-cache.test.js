'use strict'

const { readdirSync, readFileSync } = require('node:fs')
const { until } = require('../support/awaiting')
const { open } = require('../support/pools')
const { httpServer } = require('../support/servers')

const onLinux = process.platform === 'linux' ? test : test.skip

/** How often the threads that ask the system's resolver have gone to sleep: once at least for each time that they were woken. */
function turns () {
  const all = readdirSync('/proc/self/task').map(id => `/proc/self/task/${id}`).filter(place => readFileSync(`${place}/comm`, 'utf8') === 'rag-pool-dns\n')
  return all.reduce((sum, place) => sum + Number(/^voluntary_ctxt_switches:\s*(\d+)/m.exec(readFileSync(`${place}/status`, 'utf8'))[1]), 0)
}

/** Until they rest. */
async function rested () {
  let before = -1
  return until(() => {
    const rests = before === turns()
    before = turns()
    return rests && { turns: before }
  })
}

/** What ten connections to `localhost` cost of the resolver, after a first one. */
async function cost (options) {
  const { port } = await httpServer((_, reply) => reply.end('x'))
  const pool = open({ family: 4, keepAlive: false, ...options })
  const connect = async () => { await (await pool.request(`http://localhost:${port}/`)).body.text() }
  await connect()
  const before = await rested()
  for (let i = 0; i < 10; i++) await connect()
  return (await rested()).turns - before.turns
}

onLinux('a name is looked up once in dnsCacheMs', async () => {
  expect(await cost({ dnsCacheMs: 600_000 })).toBe(0)
})

onLinux('dnsCacheMs 0 looks a name up for each connection', async () => {
  expect(await cost({ dnsCacheMs: 0 })).toBeGreaterThan(0)
})

onLinux('dnsCacheMs of some hosts holds for them', async () => {
  expect(await cost({ dnsCacheMs: 600_000, perHostPools: { here: { hosts: ['localhost'], dnsCacheMs: 0 } } })).toBeGreaterThan(0)
})
