'use strict'

const { Copies } = require('../../lib/ring/copies')

const SIZE = 20_000
const slab = Buffer.alloc(SIZE)
const fill = shift => slab.forEach((_, i) => { slab[i] = (i * 7 + shift) % 251 })
const meant = (shift, start, length) => Buffer.from(Array.from({ length }, (_, i) => ((start + i) * 7 + shift) % 251))

test.each([1, 100, 1000, 4095, 4096, 9000])('pieces of %d bytes are what stood in the slab, whatever is written over it', length => {
  const copies = new Copies(slab)
  fill(0)
  const end = Math.floor(SIZE / length) * length
  copies.begin(end)
  const starts = Array.from({ length: end / length }, (_, i) => i * length)
  const pieces = starts.map(start => copies.of(start, length))
  fill(1)
  expect(pieces.every((piece, i) => piece.equals(meant(0, starts[i], length)))).toBe(true)
})

test('another batch is copied anew, though it stands where the one before did', () => {
  const copies = new Copies(slab)
  fill(0)
  copies.begin(300)
  copies.of(100, 50)
  fill(1)
  copies.begin(300)
  expect(copies.of(100, 50)).toEqual(meant(1, 100, 50))
})

test('a piece that is asked for again, or one that stands before, is right too', () => {
  const copies = new Copies(slab)
  fill(0)
  copies.begin(1000)
  const all = [[500, 100], [500, 100], [0, 100], [400, 200]]
  expect(all.map(([start, length]) => copies.of(start, length))).toEqual(all.map(([start, length]) => meant(0, start, length)))
})

test('nothing is copied from behind the end of a batch', () => {
  const copies = new Copies(slab)
  const copied = jest.spyOn(slab, 'copy')
  copies.begin(300)
  copies.of(200, 50)
  expect(copied.mock.calls.map(([, , from, to]) => [from, to])).toEqual([[200, 300]])
  copied.mockRestore()
})
