'use strict'

// A JSON text with vectors in it, against `JSON.parse`: the same value, or the same error.

const fc = require('fast-check')
const { withVectors } = require('../../lib/vectors')
const { jsonOf } = require('../../lib/whole')

/** Numbers as JSON may spell them. */
const spelling = fc.oneof(
  { weight: 6, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }).map(String).map(text => text.replace('+', '')) },
  fc.double({ min: -1, max: 1, noNaN: true }).map(number => number.toFixed(8)),
  fc.tuple(fc.constantFrom('', '-'), fc.integer({ min: 0, max: 999 }), fc.stringMatching(/^\d{1,40}$/), fc.integer({ min: -400, max: 400 }))
    .map(([sign, whole, fraction, power]) => `${sign}${whole}.${fraction}e${power}`),
  fc.constantFrom('0', '-0', '-0.0', '1E5', '1e+5', '1e400', '-1e400', '5e-324', '9007199254740993', '123456789012345678901234567890')
)
const space = fc.constantFrom('', '', '', ' ', '\n', '\r\n\t ')
const vector = fc.tuple(fc.array(spelling, { minLength: 30, maxLength: 90 }), space).map(([numbers, gap]) => `[${gap}${numbers.join(`${gap},${gap}`)}${gap}]`)
/** Anything but a vector; its strings and keys have what parts JSON. */
const other = fc.oneof(
  fc.json({ maxDepth: 2, depthSize: 'small' }),
  fc.string({ unit: fc.constantFrom('"', '\\', '[', ']', ',', '1', 'é', '😀', '\u2028') }).map(text => JSON.stringify(text)),
  fc.constantFrom('[]', '[1]', '["1"]', '{}', '"\\u005b1,2"', '[[1,2],[3]]')
)
const key = fc.oneof(fc.constantFrom('"__proto__"', '"length"', '"1"', '"0"', '"a"', '"[1,"'), fc.string().map(text => JSON.stringify(text)))
const { value } = fc.letrec(tie => ({
  value: fc.oneof({ depthSize: 'small', withCrossShrink: true }, vector, other,
    fc.array(tie('value'), { maxLength: 4 }).map(all => `[${all.join()}]`),
    fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }).map(all => `{${all.map(([name, inner]) => `${name} : ${inner}`).join()}}`))
}))
/** Long enough, and of vectors for the most part. */
const text = fc.tuple(value, vector).map(([inner, one]) => `{"data":[${Array(6).fill(`{"v":${one}}`).join()}],"inner":${inner}}`)

function outcome (parse) {
  try {
    return { value: parse() }
  } catch (error) {
    return { name: error.name, message: error.message }
  }
}

test('the value is the one of JSON.parse, and mostly by way of the vectors', () => {
  let taken = 0
  let seen = 0
  fc.assert(fc.property(text, json => {
    const bytes = Buffer.from(json)
    expect(jsonOf(bytes)).toStrictEqual(JSON.parse(json))
    seen++
    if (withVectors(bytes) !== undefined) taken++
  }), { numRuns: 400 })
  expect(taken).toBeGreaterThan(seen / 2)
}, 120_000)

test('a text that was damaged anywhere has the value or the error of JSON.parse', () => {
  const damage = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(3), fc.constantFrom('', '"', '\\', '[', ']', ',', ',,', '.', '-', '+', 'e', '0', '00', 'x', ' ', '\u000b', '{', '}', ':', 'null', '1 2', '.5', '1.', 'NaN'))
  fc.assert(fc.property(text, damage, (json, [where, gone, put]) => {
    const at = Math.floor(where * json.length)
    const damaged = json.slice(0, at) + put + json.slice(at + gone)
    const bytes = Buffer.from(damaged)
    expect(outcome(() => jsonOf(bytes))).toStrictEqual(outcome(() => JSON.parse(bytes.toString())))
  }), { numRuns: 800 })
}, 120_000)

test('a text that was cut anywhere has the error of JSON.parse', () => {
  fc.assert(fc.property(text, fc.double({ min: 0, max: 1, noNaN: true }), (json, where) => {
    const cut = Buffer.from(json).subarray(0, Math.floor(where * json.length))
    expect(outcome(() => jsonOf(cut))).toStrictEqual(outcome(() => JSON.parse(cut.toString())))
  }), { numRuns: 300 })
}, 120_000)
