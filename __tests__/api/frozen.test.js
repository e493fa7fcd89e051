'use strict'

const { spawn } = require('node:child_process')
const { once } = require('node:events')
const { createInterface } = require('node:readline')
const { until } = require('../support/awaiting')
const { ROOT } = require('../support/child')
const { serve } = require('../support/servers')

const server = serve('fault-server')
const answering = serve('bench-server')
const onUnix = process.platform === 'win32' ? test.skip : test

/** A process with idle connections, which does as it is told, a line at a time, and answers. */
function child () {
  const script = `
    const { ConnectionPoolManager } = require(${JSON.stringify(ROOT)})
    const pool = new ConnectionPoolManager({ freeSocketTimeout: 600000 })
    const url = process.argv[1]
    const post = async () => (await pool.request(url, { method: 'POST', body: 'once' })).body.text()
    const does = {
      open: () => pool.preconnect(url, 5).then(() => 'opened'),
      post: () => Promise.all([post(), post(), post()]).then(() => 'posted', error => error.code),
      figures: () => { const { connectionsDestroyed, errors, agents } = pool.getMetrics(); return JSON.stringify([connectionsDestroyed, errors, agents.http.idle]) }
    }
    require('node:readline').createInterface(process.stdin).on('line', async line => { console.log(await does[line]()) })
  `
  const one = spawn(process.execPath, ['-e', script, server.url('/ok')], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface(one.stdout)
  return {
    pid: /** @type {number} */ (one.pid),
    async ask (line) {
      one.stdin.write(`${line}\n`)
      return (await once(lines, 'line'))[0]
    },
    async end () {
      one.kill('SIGKILL')
      await once(one, 'exit')
    }
  }
}

onUnix('a process that was stopped while its server closed sends nothing on a dead connection', async () => {
  const process_ = child()
  try {
    expect(await process_.ask('open')).toBe('opened')
    process.kill(process_.pid, 'SIGSTOP')
    await until(async () => (await server.post('/close-idle')).closed === 0)
    const asked = process_.ask('post')
    process.kill(process_.pid, 'SIGCONT')
    // A POST without a key is not sent again: one that met a dead connection would fail.
    expect(await asked).toBe('posted')
    await until(async () => JSON.parse(await process_.ask('figures'))[0] === 5)
    expect(JSON.parse(await process_.ask('figures'))[1]).toBe(0)
  } finally {
    await process_.end()
  }
})

const WAITS = {
  headersTimeout: [{ headersTimeout: 1000 }, '/delay?ms=300', 4],
  bodyTimeout: [{ bodyTimeout: 1000 }, '/drip?n=5&every=60', 4],
  requestTimeout: [{ requestTimeout: 1000 }, '/delay?ms=300', 4],
  queueTimeout: [{ queueTimeout: 1000, maxSockets: 1 }, '/delay?ms=300', 2]
}

onUnix.each(Object.entries(WAITS))('what was there in time is no %s for a process that was stopped', async (_, [options, path, count]) => {
  const script = `
    const { ConnectionPoolManager } = require(${JSON.stringify(ROOT)})
    const pool = new ConnectionPoolManager(${JSON.stringify(options)})
    const ask = async () => (await (await pool.request(process.argv[1])).body.text()).length > 0
    const all = Promise.allSettled(Array.from({ length: ${count} }, ask))
    setImmediate(() => console.log('asked'))
    all.then(settled => console.log(settled.map(({ value, reason }) => value ?? reason.code).join()))`
  const one = spawn(process.execPath, ['-e', script, answering.url(path)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = createInterface(one.stdout)
  await once(lines, 'line')
  await until(async () => (await answering.stats()).requests > 0)
  one.kill('SIGSTOP')
  // Longer than the limit and the second by which a timer is found too late.
  await new Promise(resolve => setTimeout(resolve, 2200))
  one.kill('SIGCONT')
  expect((await once(lines, 'line'))[0]).toBe(Array(count).fill(true).join())
})
