'use strict'

const { createPooledHttpClient } = require('../..')
const { rejection } = require('../support/awaiting')
const { open } = require('../support/pools')

describe('wrong input', () => {
  test.each([
    [{ maxBodyLength: 1 }, /^options\.maxBodyLength does not exist; there are url, method/],
    [{ responseType: 'document' }, /^options\.responseType must be one of auto, json/],
    [{ maxRedirects: -1 }, /^options\.maxRedirects must be a whole number from 0; received -1$/],
    [{ throwOnError: 1 }, /^options\.throwOnError must be a boolean; received 1$/],
    [{ params: {}, query: {} }, /give one of them$/]
  ])('%p is refused when the client is made', (options, message) => {
    expect(() => createPooledHttpClient(/** @type {any} */ (options), open())).toThrow(message)
  })

  test.each([
    [{ params: 'a=b' }, /^params must be an object or URLSearchParams; received a string$/],
    [{ params: { a: {} } }, /^params\.a must be a string/],
    [{ headers: { 'a b': '1' } }, /^Header name must be/],
    [{ headers: 'a' }, /^headers must be an object; received a string$/],
    [{ headers: ['a', 'b'] }, /^headers must be an object or iterate over \[name, value\] pairs; received a string among them$/],
    [{ headers: [['a', 'b', 'c']] }, /^headers must be an object or iterate over \[name, value\] pairs; received an instance of Array among them$/],
    [{ data: () => {} }, /^data must be text, bytes, a stream or an iterator of them, FormData, a Blob, URLSearchParams or a value that JSON has; received function data$/],
    [{ data: new Map([['a', 'b']]) }, /^data must be text, bytes, .* or a value that JSON has; received an instance of Map$/],
    [{ data: new Set(['a', 'b']) }, /^data must be text, bytes, .* or a value that JSON has; received an instance of Set$/],
    [{ data: Promise.resolve('a') }, /^data must be text, bytes, .* or a value that JSON has; received an instance of Promise$/],
    [{ url: 'nowhere' }, /^url must be an absolute http/],
    [{ url: 1 }, /^url must be a string or a URL; received 1$/],
    [{ timeout: -1 }, /^config\.timeout must be a whole number of milliseconds from 0; received -1$/]
  ])('%p rejects the call', async (config, message) => {
    const error = await rejection(createPooledHttpClient({}, open()).request({ url: 'http://127.0.0.1:1', ...config }))
    expect(error.message).toMatch(message)
    expect(['TypeError', 'RangeError']).toContain(error.name)
  })

  test('what is no pool is refused', () => {
    expect(() => createPooledHttpClient({}, /** @type {any} */ ({}))).toThrow('pool must be a ConnectionPoolManager; received an instance of Object')
  })
})
