'use strict'

const fc = require('fast-check')
const { decode, encode } = require('../../lib/headers')

const token = fc.stringMatching(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,12}$/)
const value = fc.stringMatching(/^[\t\x20-\x7e\x80-\xff]{0,20}$/)
const OWN = /^(?:transfer-encoding|keep-alive|upgrade|expect|proxy-connection|content-length|connection)$/i
const pair = fc.tuple(token.filter(name => !OWN.test(name)), value)

/** What a map of values by lower-case name would hold. */
function combined (pairs) {
  const all = new Map()
  for (const [name, value] of pairs) all.set(name.toLowerCase(), [...all.get(name.toLowerCase()) ?? [], value])
  return Object.fromEntries([...all].map(([name, values]) => [name, values.length === 1 ? values[0] : values]))
}

test('headers come out as they went in, lower-cased, whatever they are called and in whatever shape', () => {
  fc.assert(fc.property(fc.array(pair, { maxLength: 20 }), pairs => {
    const text = encode(pairs).text
    expect(encode(pairs.flat()).text).toBe(text)
    expect(decode(encode(new Map(Object.entries(combined(pairs)))).text.slice(1))).toEqual(combined(pairs))
    expect(decode(text.slice(1))).toEqual(combined(pairs))
  }))
})

test('whatever is given for headers, they are encoded in pairs of lines or refused with a code', () => {
  fc.assert(fc.property(fc.anything({ withMap: true, withSet: true, withNullPrototype: true, withBigInt: true, withTypedArray: true, withSparseArray: true }), given => {
    let text
    try {
      text = encode(/** @type {any} */ (given)).text
    } catch (error) {
      expect(error.code).toMatch(/^ERR_/)
      expect(error instanceof TypeError || error instanceof RangeError).toBe(true)
      return
    }
    expect(text.split('\n').length % 2).toBe(1)
  }), { numRuns: 1000 })
})

test('no name and no value brings a line of its own', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (name, value) => {
    try {
      const { text } = encode([[name, value]])
      expect(text === '' || text.split('\n').length === 3).toBe(true)
      expect(text).not.toMatch(/[\r\0]/)
    } catch (error) {
      expect(error.code).toMatch(/^ERR_/)
    }
  }), { numRuns: 1000 })
})

test('a pooled reply\'s headers are those of the platform for the same lines', () => {
  const { Headers } = globalThis
  fc.assert(fc.property(fc.array(pair, { maxLength: 12 }), pairs => {
    const platform = new Headers(pairs)
    for (const [name, value] of Object.entries(decode(pairs.flat().map((text, at) => at % 2 === 0 ? text.toLowerCase() : text).join('\n')))) {
      const values = [value].flat().map(one => one.replace(/^[\t ]+|[\t ]+$/g, ''))
      expect(platform.get(name)).toBe(values.join(', '))
    }
  }))
})
