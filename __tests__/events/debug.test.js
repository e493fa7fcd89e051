'use strict'

const { runChild } = require('../support/child')
const { closedPort, serve } = require('../support/servers')

const server = serve('bench-server')

/** Runs a script with the variable set before anything is loaded. */
function debugged (script, url = server.url('/json')) {
  return runChild(`
    process.env.RAG_POOL_DEBUG = '1'
    const pool = new ConnectionPoolManager({ maxSockets: 1 })
    ${script}
  `, { url })
}

test('RAG_POOL_DEBUG=1 prints a line for each connection event', async () => {
  const { stderr } = await debugged(`
    const freed = new Promise(resolve => pool.once('connection_freed', resolve))
    await Promise.all([1, 2].map(async () => (await pool.request(url)).body.text()))
    await freed
  `)
  const names = stderr.trim().split('\n').map(line => line.split(' ')[2])
  expect(names.filter(name => name !== 'connection_freed')).toEqual(['pool_exhausted', 'connection_created'])
  expect(names).toContain('connection_freed')
  expect(stderr).toContain(`origin="http://127.0.0.1:${server.http}"`)
})

test('RAG_POOL_DEBUG=1 prints the code of a failure', async () => {
  const { stderr } = await debugged('await pool.request(url).catch(() => {})', `http://127.0.0.1:${await closedPort()}/`)
  expect(stderr).toMatch(/ request_error .*code="ECONNREFUSED" phase="connect"/)
})

test('RAG_POOL_DEBUG=1 shows no path, query, header or body', async () => {
  const { stderr } = await debugged(`
    const reply = await pool.request(url + '?key=hush-query', { method: 'POST', headers: { authorization: 'hush-header' }, body: 'hush-body' })
    await reply.body.text()
    await pool.request('http://user:hush-password@127.0.0.1:1/hush-path').catch(() => {})
  `)
  expect(stderr).not.toBe('')
  expect(stderr).not.toMatch(/hush/)
})

test('without it nothing is printed', async () => {
  const { stderr } = await runChild('const pool = new ConnectionPoolManager(); await (await pool.request(url)).body.text()', { url: server.url('/json') })
  expect(stderr).toBe('')
})
