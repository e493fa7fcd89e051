'use strict'

const records = require('../../lib/ring/records')
const { read } = require('../project/files')

const source = read('src/binding/records.rs')

/** The constants of a module of the Rust table, evaluated. */
function table (module) {
  const [, body] = new RegExp(`mod ${module} \\{([\\s\\S]*?)\\n\\}`).exec(source)
  const found = [...body.matchAll(/const (\w+): \w+ = ([^;]+);/g)]
  return Object.fromEntries(found.map(([, name, text]) => [name, valueOf(text)]))
}

function valueOf (text) {
  if (text === 'u32::MAX') return 0xffffffff
  const [base, shift] = text.split('<<').map(Number)
  return shift === undefined ? base : base << shift
}

test.each([['completion', records.Completion], ['submission', records.Submission]])('both sides have the same %s records', (module, ours) => {
  const theirs = table(module)
  expect(Object.keys(theirs).length).toBeGreaterThan(5)
  expect({ ...ours }).toEqual(theirs)
})

test('both sides have the same header', () => {
  expect(records.HEADER_WORDS).toBe(Number(/HEADER_WORDS: usize = (\d+);/.exec(source)[1]))
})

test.each([['completion', ['ASCII']], ['submission', ['REQUEST_WORDS', 'POOLS_OWN', 'UNKNOWN_LENGTH', 'BODY_INLINE', 'BODY_ATTACHED', 'BODY_STREAM', 'KEEP_CODING', 'KEEP_FIELDS', 'ANEW', 'WHOLE', 'SPOILED', 'TIMED_OUT']]])('no two kinds of %s are the same number', (module, others) => {
  const kinds = Object.entries(table(module)).filter(([name]) => !others.includes(name)).map(([, kind]) => kind)
  expect(new Set(kinds).size).toBe(kinds.length)
})
