'use strict'

const { runChild } = require('../support/child')
const { serve } = require('../support/servers')

const server = serve('bench-server')

const WAYS = {
  'by text()': 'await body.text()',
  'by iteration': 'for await (const chunk of body) void chunk',
  'by a listener': "await new Promise(resolve => body.on('data', () => {}).on('end', resolve))",
  'and dumped': 'await body.dump()',
  'and aborted': 'const text = body.text(); control.abort(); await text.catch(() => {})',
  'and destroyed': "body.on('error', () => {}).destroy(new Error('enough')); await new Promise(resolve => body.on('close', resolve))"
}

test.each(Object.entries(WAYS))('a body that was read %s is collected', async (_, way) => {
  const { code, stdout, stderr } = await runChild(`
    const pool = new ConnectionPoolManager()
    const ask = async () => {
      const control = new AbortController()
      const { body } = await pool.request(url, { signal: control.signal })
      ${way}
      return new WeakRef(body)
    }
    const bodies = []
    for (let i = 0; i < 5; i++) bodies.push(await ask())
    let left = bodies.length
    for (let i = 0; i < 100 && left > 0; i++) {
      // Looked at after the collection: what was looked at lives until the turn is over.
      await new Promise(resolve => setTimeout(resolve, 2))
      gc()
      left = bodies.filter(body => body.deref() !== undefined).length
    }
    console.log(left)`, { url: server.url('/bytes?n=400000'), flags: ['--expose-gc'] })
  expect([code, stdout, stderr]).toEqual([0, '0\n', ''])
})
