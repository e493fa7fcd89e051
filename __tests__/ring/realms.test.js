'use strict'

const { runChild } = require('../support/child')
const { rejection } = require('../support/awaiting')
const binding = require('../support/addon')
const { serve } = require('../support/servers')

const server = serve('bench-server')

/** The package, evaluated anew as a Jest file does it. */
function evaluated () {
  let fresh
  jest.isolateModules(() => { fresh = require('../..') })
  return fresh
}

test('two evaluations of the package work side by side, each with its own ring', async () => {
  const before = binding.ringCount()
  const pools = [evaluated(), evaluated()].map(({ ConnectionPoolManager }) => new ConnectionPoolManager())
  expect(binding.ringCount()).toBe(before + 2)
  const replies = await Promise.all(Array.from({ length: 100 }, (_, i) => pools[i % 2].request(server.url('/json')).then(({ body }) => body.json())))
  expect(replies.every(({ model }) => model === 'bench-1')).toBe(true)
  expect(pools.map(pool => pool.getMetrics().totalRequests)).toEqual([50, 50])
  for (const pool of pools) pool.destroy()
})

test('errors of an evaluation are of its own realm', async () => {
  const { ConnectionPoolManager, PoolError } = evaluated()
  const pool = new ConnectionPoolManager()
  const error = await rejection(pool.request('http://no-such-host.invalid/'))
  expect([error instanceof Error, error instanceof PoolError]).toEqual([true, true])
  pool.destroy()
})

test('an evaluation that is dropped is collected, its ring ends and its connections close', async () => {
  await server.reset()
  const { code, stdout, stderr } = await runChild(`
    const binding = require('./binding.js')
    const { createRequire } = require('node:module')
    const evaluate = () => {
      for (const file of Object.keys(require.cache)) if (!/binding|[.]node$/.test(file)) delete require.cache[file]
      // A parent of its own: whoever required a module holds it.
      return createRequire(process.cwd() + '/nobody.js')('./index.js')
    }
    const use = async () => {
      const { ConnectionPoolManager } = evaluate()
      const pool = new ConnectionPoolManager()
      await (await pool.request(${JSON.stringify(server.url('/json'))})).body.text()
    }
    const connections = async () => (await (await fetch('http://127.0.0.1:${server.control}/stats')).json()).connections.open
    for (let i = 0; i < 10; i++) await use()
    const most = binding.ringCount()
    evaluate()
    while (binding.ringCount() > 1 || await connections() > 1) { gc(); await new Promise(setImmediate) }
    console.log(most)
    process.exit()`, { bare: true, flags: ['--expose-gc'] })
  expect([code, Number(stdout) > 1, stderr]).toEqual([0, true, ''])
})

test('an evaluation knows the errors of another, and nothing else for one', async () => {
  const [first, second] = [evaluated(), evaluated()]
  const pool = new first.ConnectionPoolManager()
  const error = await rejection(pool.request('http://no-such-host.invalid/'))
  expect(error instanceof second.PoolError).toBe(true)
  expect([new Error('no'), null, 'text', {}].map(other => other instanceof second.PoolError)).toEqual([false, false, false, false])
  pool.destroy()
})
