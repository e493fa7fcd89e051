'use strict'

const { runChild } = require('../support/child')
const { serve } = require('../support/servers')

const server = serve('bench-server')

const COUNT = `
  const thrown = []
  process.on('uncaughtException', error => thrown.push(error.message))
  const pool = new ConnectionPoolManager()`

test('a listener that throws harms no other request, and its throw is uncaught once', async () => {
  const { code, stdout, stderr } = await runChild(`${COUNT}
    const one = (await pool.request(url + '/drip?n=20&every=2')).body
    one.on('data', () => { one.destroy(); throw new Error('mine') })
    const texts = await Promise.all(Array.from({ length: 50 }, async () => (await pool.request(url + '/drip?n=30&every=2')).body.text()))
    console.log(JSON.stringify([thrown, texts.every(text => text.length === 30)]))
    pool.destroy()`, { url: server.url('') })
  expect([code, stdout, stderr]).toEqual([0, '[["mine"],true]\n', ''])
})

test('a throw without a handler ends the process as every uncaught exception does', async () => {
  const { code, signal, stderr } = await runChild(`
    const pool = new ConnectionPoolManager()
    const { body } = await pool.request(url + '/drip?n=20&every=2')
    body.on('data', () => { throw new Error('mine') })`, { url: server.url('') })
  expect([code, signal, stderr.includes('Error: mine')]).toEqual([1, null, true])
})

test('a record whose consumer throws does not stop the records behind it', () => {
  const { Completions } = require('../../lib/ring/completions')
  const { Handles } = require('../../lib/ring/handles')
  const { Completion, HEADER_WORDS } = require('../../lib/ring/records')
  const microtasks = jest.spyOn(globalThis, 'queueMicrotask').mockImplementation(() => {})
  const slab = new ArrayBuffer(4 * HEADER_WORDS * 3)
  const words = new Uint32Array(slab)
  const handles = new Handles()
  const room = []
  const consumer = bytes => { room.push(bytes); if (bytes === 2) throw new Error('mine') }
  for (let i = 0; i < 3; i++) {
    const handle = handles.open({ onRoom: consumer })
    words.set([Completion.ROOM, handle, HEADER_WORDS * 4, i + 1, 0, 0], i * HEADER_WORDS)
  }
  new Completions(slab, handles, () => 0).read(3)
  expect(room).toEqual([1, 2, 3])
  expect(microtasks.mock.calls[0][0]).toThrow('mine')
  expect(microtasks).toHaveBeenCalledTimes(1)
  microtasks.mockRestore()
})
