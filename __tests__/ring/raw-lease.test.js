'use strict'

const { Handles } = require('../../lib/ring/handles')
const { RawLease } = require('../../lib/ring/raw-lease')
const { Submission } = require('../../lib/ring/records')

/** A ring that keeps what it is told of leases. @param {number} [comesTo] what giving back does */
function ring (comesTo = 0) {
  const handles = new Handles()
  /** @type {number[][]} */ const opened = []
  /** @type {number[][]} */ const noted = []
  return { handles, opened, noted, leaseRaw: (/** @type {number[]} */ ...told) => opened.push(told), releaseRaw: () => comesTo, submissions: { note: (/** @type {number[]} */ ...told) => noted.push(told) } }
}

const user = /** @type {any} */ ({ onClosed () {} })

test('what is said of a lease is not said of the next one under the same handle', () => {
  const known = /** @type {any} */ (ring())
  const first = new RawLease(known, 1, true, user)
  const [[handle, number]] = known.opened
  known.handles.settle(handle)
  const next = new RawLease(known, 1, true, user)
  first.end()
  next.end()
  expect(known.opened[1][0]).toBe(handle)
  expect(known.noted).toEqual([[Submission.RAW_END, number, undefined], [Submission.RAW_END, known.opened[1][1], undefined]])
  expect(known.opened[1][1]).not.toBe(number)
})

test.each([
  ['kept and free', 3, true, 0],
  ['kept, and free with a record that is on its way', 1, true, 1],
  ['not kept, and free', 2, false, 0]
])('a lease that is given back is %s', (_, comesTo, isKept, inUse) => {
  const known = /** @type {any} */ (ring(comesTo))
  const lease = new RawLease(known, 1, true, user)
  expect([lease.release(true, undefined), known.handles.size]).toEqual([isKept, inUse])
})

test('what is known of a connection is asked for by the number that the lease was told with it, and by another after a move', () => {
  const asked = []
  const known = { handles: new Handles(), leaseRaw: () => 1 + 8 * (2 ** 32 - 1), rawConnection: () => 5, rawFace: (_, connection) => asked.push(connection) }
  const lease = new RawLease(/** @type {any} */ (known), 1, true, /** @type {any} */ ({ onMoved () {} }))
  expect(lease.standing).toBe(1)
  lease.face()
  lease.onMoved()
  lease.face()
  expect(asked).toEqual([2 ** 32 - 1, 5])
})

test('what the kernel took of a request is never less than was told before', () => {
  const known = { handles: new Handles(), leaseRaw: () => 0, submissions: { raw: () => true } }
  const lease = new RawLease(/** @type {any} */ (known), 1, true, /** @type {any} */ ({ onData () {}, onTaken () {} }))
  lease.write(['twelve bytes'], 12)
  lease.onData(Buffer.alloc(1), 12)
  lease.onTaken(7)
  lease.onData(Buffer.alloc(1), 0)
  expect(lease.outstanding).toBe(0)
})
