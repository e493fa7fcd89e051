'use strict'

const { Incoming } = require('../../lib/incoming')

const MOST = 256 * 1024

/** @param {number[]} sizes */
function come (sizes) {
  const incoming = new Incoming(/** @type {any} */ ({ note () {} }), 1, null)
  for (const size of sizes) incoming.push(Buffer.alloc(size), true)
  return incoming
}

/** @param {Buffer[]} chunks */
const lengths = chunks => chunks.map(chunk => chunk.length)

test.each([
  ['all of it where it is few', [1, 2, 3], [1, 2, 3], []],
  ['as many as are no more than asked for, in order', [MOST - 1, 1, 1, 2], [MOST - 1, 1], [1, 2]],
  ['one that is larger than asked for, whole and alone', [MOST + 1, 1], [MOST + 1], [1]],
  ['nothing where nothing has come', [], [], []]
])('of what has come is taken %s', (_, sizes, taken, left) => {
  const incoming = come(sizes)
  expect(lengths(incoming.take(MOST))).toEqual(taken)
  expect(lengths(incoming.take())).toEqual(left)
})

test('what is left behind comes before what comes later, and both before the end', () => {
  const incoming = come([MOST, 1])
  incoming.take(MOST)
  incoming.push(Buffer.alloc(2), true)
  incoming.end('')
  /** @type {(number | string)[]} */ const heard = []
  incoming.consume({ chunk: chunk => heard.push(chunk.length), end: () => heard.push('end'), fail: () => heard.push('fail') })
  expect(heard).toEqual([1, 2, 'end'])
})
