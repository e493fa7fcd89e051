'use strict'

const { Submission, HEADER_WORDS } = require('../../lib/ring/records')
const { Submissions } = require('../../lib/ring/submissions')

/** A doorbell that counts, and the records as they stood when it rang. */
function counting (size = 256 * 1024) {
  const slab = new ArrayBuffer(size)
  const rings = []
  const attached = []
  const submissions = new Submissions(slab, {
    submit: (length, begun) => { rings.push({ length, begun, records: recordsOf(slab, length) }) },
    attach: (handle, bytes) => { attached.push({ handle, text: Buffer.from(bytes).toString() }) }
  })
  return { submissions, rings, attached }
}

function recordsOf (slab, length) {
  const words = new Uint32Array(slab)
  const records = []
  for (let at = 0; at < length / 4; at += words[at + 2] / 4) {
    const [kind, handle, size, ...args] = words.subarray(at, at + HEADER_WORDS)
    records.push({ kind, handle, args, payload: Buffer.from(slab.slice((at + HEADER_WORDS) * 4, at * 4 + size)) })
  }
  return records
}

const tick = () => new Promise(process.nextTick)
const ask = (submissions, handle, body = null) => submissions.request(handle, 1, 'GET\n/', body, 0, 0, undefined)

test('a hundred requests of one tick cross with one ring of the doorbell', async () => {
  const { submissions, rings } = counting()
  for (let handle = 0; handle < 100; handle++) ask(submissions, handle)
  expect(rings).toEqual([])
  await tick()
  expect(rings.map(({ begun, records }) => [begun, records.length])).toEqual([[100, 100]])
})

test('requests that microtasks make cross in the same ring', async () => {
  const { submissions, rings } = counting()
  ask(submissions, 0)
  void Promise.resolve().then(() => ask(submissions, 1)).then(() => ask(submissions, 2))
  await new Promise(setImmediate)
  expect(rings.map(({ begun }) => begun)).toEqual([3])
})

test('the next tick has a ring of its own', async () => {
  const { submissions, rings } = counting()
  ask(submissions, 0)
  await new Promise(setImmediate)
  ask(submissions, 1)
  await new Promise(setImmediate)
  expect(rings.map(({ records }) => records[0].handle)).toEqual([0, 1])
})

test('nothing written rings nothing', () => {
  const { submissions, rings } = counting()
  submissions.flush()
  expect(rings).toEqual([])
})

test('a full slab crosses early and the rest at the end of the tick', async () => {
  const { submissions, rings } = counting(1024)
  for (let handle = 0; handle < 30; handle++) ask(submissions, handle)
  await tick()
  expect(rings.length).toBeGreaterThan(1)
  expect(rings.flatMap(({ records }) => records.map(({ handle }) => handle))).toEqual(Array.from({ length: 30 }, (_, handle) => handle))
})

test('a small body travels in its record', async () => {
  const { submissions, rings, attached } = counting()
  ask(submissions, 7, 'héllo')
  await tick()
  const [{ args: [, head, body], payload }] = rings[0].records
  const from = Submission.REQUEST_WORDS * 4 + head
  expect([attached, payload.subarray(from, from + body).toString()]).toEqual([[], 'héllo'])
})

test('a large body is attached', async () => {
  const { submissions, rings, attached } = counting()
  const body = 'é'.repeat(20_000)
  ask(submissions, 7, body)
  await tick()
  expect([attached, rings[0].records[0].args[2]]).toEqual([[{ handle: 7, text: body }], 0])
})

test('a body that the slab does not hold is attached however small', async () => {
  const { submissions, attached } = counting(128)
  ask(submissions, 7, 'a'.repeat(100))
  await tick()
  expect(attached).toEqual([{ handle: 7, text: 'a'.repeat(100) }])
})

test('records stand on words', async () => {
  const { submissions, rings } = counting()
  for (const head of ['GET\n/', 'GET\n/a', 'GET\n/ab', 'GET\n/abc']) submissions.request(1, 1, head, null, 0, 0, undefined)
  submissions.note(Submission.ABORT, 1)
  await tick()
  expect([rings[0].length % 4, rings[0].records.map(({ kind }) => kind)]).toEqual([0, [1, 1, 1, 1, 2]])
})
