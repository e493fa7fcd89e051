'use strict'

const { Contender } = require('../../benchmarks/contender')
const { httpServer } = require('../support/servers')

test('a client whose process has died says so to whoever asks next, and is closed', async () => {
  const { url } = await httpServer((_, reply) => reply.end('{}'))
  const client = new Contender('undici')
  await client.open(url, { connections: 1, keepIdleMs: 1_000, read: 'json' })
  await client.kill()
  const died = 'the process of undici ended (SIGKILL)'
  await expect(client.memory()).rejects.toThrow(died)
  await expect(client.close()).rejects.toThrow(died)
  await client.kill()
})
