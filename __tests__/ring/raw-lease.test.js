'use strict'

const { Handles } = require('../../lib/ring/handles')
const { RawLease } = require('../../lib/ring/raw-lease')
const { Submission } = require('../../lib/ring/records')

/** A ring that keeps what it is told of leases. */
function ring () {
  const handles = new Handles()
  /** @type {number[][]} */ const opened = []
  /** @type {number[][]} */ const noted = []
  return { handles, opened, noted, leaseRaw: (/** @type {number[]} */ ...told) => opened.push(told), submissions: { note: (/** @type {number[]} */ ...told) => noted.push(told) } }
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
