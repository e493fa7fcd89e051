'use strict'

const { Completions } = require('../../lib/ring/completions')
const { Handles } = require('../../lib/ring/handles')
const { Completion } = require('../../lib/ring/records')

afterEach(() => jest.restoreAllMocks())

test('room for the body of a request that is over throws nothing where its handle is a raw lease\'s by now', () => {
  const slab = new ArrayBuffer(64)
  const handles = new Handles()
  const handle = handles.open(/** @type {any} */ ({ onClosed () {} }))
  const completions = new Completions(slab, handles, () => 0, () => undefined, /** @type {any} */ ({}))
  new Uint32Array(slab).set([Completion.ROOM, handle, 24, 65_536, 0, 0])
  const thrown = jest.spyOn(globalThis, 'queueMicrotask')
  completions.read(1)
  expect(thrown).not.toHaveBeenCalled()
})
