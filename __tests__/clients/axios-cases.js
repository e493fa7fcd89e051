'use strict'

// Requests that are played through axios as it is and through the pooled one.

const { Readable } = require('node:stream')
const axios = require('axios')
const { until } = require('../support/awaiting')

/**
 * @typedef {object} Case
 * @property {any} config of the request, or a function of the servers that gives it
 * @property {'agents'} [by] the way that it takes; by default `pool.request`
 * @property {(call: { client: any, config: any }) => Promise<any>} [play] where it is no plain request
 *
 * @typedef {{ url: string, other: string, closed: string }} Places
 */

const post = (data, more) => ({ method: 'post', url: '/echo', data, ...more })
const silent = { silentJSONParsing: false, forcedJSONParsing: true, clarifyTimeoutError: true }

/** Aborts once the request is on its way. */
const abortedAs = reason => async ({ client, config, arrived }) => {
  const controller = new AbortController()
  const call = client.request({ ...config, signal: controller.signal })
  call.catch(() => {})
  await until(arrived)
  controller.abort(reason)
  return call
}

/** @type {Record<string, any>} */
const sent = {
  'a GET': { url: '/echo' },
  'a GET with a query of its own': { url: '/echo?a=1&b=%20#fragment' },
  'a HEAD': { method: 'head', url: '/json' },
  'an OPTIONS': { method: 'options', url: '/echo' },
  'a DELETE with data': { method: 'delete', url: '/echo', data: { a: 1 } },
  'a GET with data': { url: '/echo', data: { a: 1 } },
  'a method of its own': { method: 'purge', url: '/echo', by: 'agents' },
  'params of all kinds': { url: '/echo?z=0', params: { a: 1, b: ['x', 'y'], c: { d: 'e' }, f: null, g: undefined, h: new Date(0), i: 'ü &=+ :$,' } },
  'params as URLSearchParams': { url: '/echo', params: new URLSearchParams([['a', '1'], ['a', '2']]) },
  'a paramsSerializer': { url: '/echo', params: { a: [1, 2] }, paramsSerializer: { indexes: null } },
  'a quote in params': { url: '/echo', params: { a: "it's" } },
  'a quote in the path': { url: "/echo/it's" },
  'a query that is left as it is': { url: '/echo', params: {}, paramsSerializer: { serialize: () => 'a=[1]|{2}^`\\&b=%zz' } },
  'a path with characters to be encoded': { url: '/echo/ü ü/{a}|b' },
  auth: { url: '/echo', auth: { username: 'ü', password: 'p:w' }, headers: { Authorization: 'Bearer lost' } },
  'auth in the URL': ({ url }) => ({ url: `${url.replace('//', '//us%40er:pass@')}/echo` }),
  'headers of the caller': { url: '/echo', headers: { 'X-One': 'a', 'x-two': 2, 'X-Gone': null, 'X-False': false, 'X-Empty': '', Accept: 'text/x' } },
  'a header of Latin-1': { url: '/echo', headers: { 'X-Name': 'grüße' } },
  'a host of the caller': { url: '/echo', headers: { Host: 'elsewhere.test' } },
  'no User-Agent': { url: '/echo', headers: { 'User-Agent': false } },
  'no Accept-Encoding': { url: '/echo', headers: { 'Accept-Encoding': false } },
  'a cookie': { url: '/echo', headers: { Cookie: 'a=1; b=2' } },
  'data: an object': post({ a: 1, b: 'ü' }),
  'data: an array': post([1, 'two']),
  'data: a string': post('text ü'),
  'data: a string as JSON': post('text', { headers: { 'Content-Type': 'application/json' } }),
  'data: none': post(undefined),
  'data: null': post(null),
  'data: null as JSON': post(null, { headers: { 'Content-Type': 'application/json' } }),
  'data: an empty string': post(''),
  'data: a number': post(5),
  'data: URLSearchParams': post(new URLSearchParams({ a: 'b c' })),
  'data: an object as a form': post({ a: 1, b: [1, 2] }, { headers: { 'Content-Type': 'application/x-www-form-urlencoded' } }),
  'data: a Buffer': post(Buffer.from([0, 255, 10])),
  'data: an empty Buffer': post(Buffer.alloc(0)),
  'data: a Uint8Array': post(new Uint8Array([1, 2, 3])),
  'data: an ArrayBuffer': post(new Uint8Array([1, 2, 3]).buffer),
  'a transformRequest': post({ a: 1 }, { transformRequest: [(data, headers) => { headers.set('X-Seen', 'yes'); return JSON.stringify({ data }) }] }),
  'a transformRequest that is no array': post({ a: 1 }, { transformRequest: data => `<${JSON.stringify(data)}>` }),
  'no transformRequest': post('as it is', { transformRequest: [] }),
  'data that no transformation makes text of': post({ a: 1 }, { transformRequest: [] }),
  'a maxBodyLength that is kept to': post('x'.repeat(10), { maxBodyLength: 10 }),
  'a maxBodyLength that is not': post('x'.repeat(11), { maxBodyLength: 10 }),
  'a URL without a scheme': { baseURL: '', url: '//nothing' },
  'a scheme that is none': { baseURL: '', url: 'ftp://127.0.0.1/' },
  'a data: URL': { baseURL: '', url: 'data:text/plain,hello' },
  'a put': { method: 'put', url: '/echo', data: 'x' },
  'a patch': { method: 'patch', url: '/echo', data: { a: 1 } }
}

/** @type {Record<string, any>} */
const received = {
  JSON: { url: '/json' },
  'JSON in pieces': { url: '/chunked' },
  'responseType json': { url: '/json', responseType: 'json' },
  'responseType text': { url: '/json', responseType: 'text' },
  'responseType arraybuffer': { url: '/bytes', responseType: 'arraybuffer' },
  'bytes read as text': { url: '/bytes' },
  'a responseEncoding': { url: '/latin1', responseEncoding: 'latin1' },
  'a byte order mark': { url: '/bom' },
  nothing: { url: '/empty' },
  'nothing as arraybuffer': { url: '/empty', responseType: 'arraybuffer' },
  'JSON that is none': { url: '/broken' },
  'JSON that is none, where that is an error': { url: '/broken', responseType: 'json', transitional: silent },
  'a transformResponse': { url: '/json', transformResponse: [(data, headers, status) => [status, headers.get('content-type'), data.length]] },
  gzip: { url: '/coded/gzip' },
  'x-gzip': { url: '/coded/x-gzip' },
  deflate: { url: '/coded/deflate' },
  brotli: { url: '/coded/br' },
  'a coding that is not known': { url: '/coded/other' },
  'gzip, not decompressed': { url: '/coded/gzip', decompress: false, responseType: 'arraybuffer' },
  'a HEAD of what is gzip': { method: 'head', url: '/coded/gzip' },
  'gzip that ends too early': { url: '/torn/gzip' },
  'brotli that ends too early': { url: '/torn/br' },
  'what is called gzip and is not': { url: '/notcoded/gzip' },
  'headers of several lines': { url: '/lines' },
  'one cookie': { url: '/cookie' },
  'status 201': { url: '/status/201' },
  'status 204': { url: '/status/204' },
  'status 304': { url: '/status/304' },
  'status 400': { url: '/status/400' },
  'status 404 with a phrase': { url: '/status/404/Not%20Here' },
  'status 500': { url: '/status/500' },
  'status 599': { url: '/status/599' },
  'a validateStatus that takes it': { url: '/status/500', validateStatus: status => status === 500 },
  'a validateStatus that refuses': { url: '/json', validateStatus: () => false },
  'no validateStatus': { url: '/status/500', validateStatus: null },
  'a maxContentLength that is kept to': { url: '/long/10', maxContentLength: 10 },
  'a maxContentLength that is not': { url: '/long/11', maxContentLength: 10 },
  'a maxContentLength that gzip hides from': { url: '/coded/gzip', maxContentLength: 20 },
  'a long body': { url: '/long/300000' }
}

/** @type {Record<string, any>} */
const redirected = {
  ...Object.fromEntries([300, 301, 302, 303, 305, 307, 308].flatMap(status => ['get', 'post', 'put', 'head'].map(method => [
    `a ${status} of a ${method}`, { method, url: `/redirect/${status}/1`, headers: { 'X-Kept': 'yes' }, ...method[0] === 'p' && { data: { a: 1 } } }
  ]))),
  'several redirects': { url: '/redirect/302/5' },
  'as many as maxRedirects': { url: '/redirect/302/3', maxRedirects: 3 },
  'more than maxRedirects': { url: '/redirect/302/3', maxRedirects: 2 },
  'one redirect too many': { url: '/loop' },
  'maxRedirects: 0': { url: '/redirect/302/1', maxRedirects: 0 },
  'maxRedirects: 0, where 302 is no error': { url: '/redirect/302/1', maxRedirects: 0, validateStatus: status => status === 302 },
  'a redirect without a location': { url: '/nowhere', validateStatus: null },
  'a redirect to another origin': ({ other }) => ({
    url: `/to/302/${encodeURIComponent(`${other}/echo`)}`, headers: { Authorization: 'Bearer s', Cookie: 'a=1', 'X-Kept': 'yes', 'Proxy-Authorization': 'p' }
  }),
  'a redirect within the origin with credentials': { url: '/redirect/302/1', headers: { Authorization: 'Bearer s', Cookie: 'a=1' } },
  'a redirect within the origin with auth': { url: '/redirect/302/1', auth: { username: 'u', password: 'p' } },
  'a redirect to another origin with auth': ({ other }) => ({ url: `/to/302/${encodeURIComponent(`${other}/echo`)}`, auth: { username: 'u', password: 'p' } }),
  'a redirect there and back with auth': ({ url, other }) => ({
    url: `/to/302/${encodeURIComponent(`${other}/to/302/${encodeURIComponent(`${url}/echo`)}`)}`, auth: { username: 'u', password: 'p' }
  }),
  'a redirect with a host of the caller': { url: '/redirect/302/1', headers: { Host: 'elsewhere.test' }, validateStatus: null, timeout: 2000 },
  'a redirect with credentials in the location': ({ other }) => ({ url: `/to/302/${encodeURIComponent(`${other.replace('//', '//v:w@')}/echo`)}` }),
  'a redirect to ftp': { url: `/to/302/${encodeURIComponent('ftp://127.0.0.1/')}` },
  'a redirect to what is no URL': { url: `/to/302/${encodeURIComponent('http://[')}` },
  'a redirect to nobody': ({ closed }) => ({ url: `/to/302/${encodeURIComponent(closed)}` }),
  'a redirect to what fails': { url: '/to/302/%2Fstatus%2F404' },
  'a redirect with a fragment': { url: '/to/302/%2Fecho%3Fa%3D1%23frag' },
  'a redirect to a path with dots': { url: '/to/302/..%2F..%2Fecho%2F.%2Fx' }
}

/** @type {Record<string, any>} */
const failed = {
  'nobody listens': ({ closed }) => ({ url: closed }),
  'no such name': { url: 'http://nowhere.invalid/' },
  'the connection is reset': { method: 'post', url: '/reset', data: 'x' },
  'the connection is closed': { method: 'post', url: '/hangup', data: 'x' },
  'a reply that is no HTTP': { method: 'post', url: '/garbage', data: 'x' },
  'a body that breaks off': { url: '/cut' },
  'a body that breaks off, without redirects': { url: '/cut', maxRedirects: 0 },
  timeout: { url: '/silence', timeout: 50 },
  'timeout as text': { url: '/silence', timeout: '50' },
  'timeout that is no number': { url: '/echo', timeout: 'soon' },
  'timeout, clarified': { url: '/silence', timeout: 50, transitional: silent },
  'timeout, in the words of the caller': { url: '/silence', timeout: 50, timeoutErrorMessage: 'too slow' },
  'timeout without redirects': { url: '/silence', timeout: 50, maxRedirects: 0 },
  'timeout after a redirect': { url: '/to/302/%2Fsilence', timeout: 100 },
  'timeout within the body': { url: '/pause', timeout: 50 },
  'timeout within the body, without redirects': { url: '/pause', timeout: 50, maxRedirects: 0 },
  'timeout that is kept to': { url: '/json', timeout: 5000 },
  'a signal that has fired': { url: '/silence', signal: AbortSignal.abort() },
  'a signal that fires': { url: '/silence', play: abortedAs() },
  'a signal that fires with a reason': { url: '/silence', play: abortedAs(new Error('mine')) },
  'a signal that fires within the body': { url: '/pause', play: abortedAs() },
  'a cancelToken that has fired': { url: '/silence', cancelToken: fired('enough') },
  'a cancelToken that fires': {
    url: '/silence',
    play: async ({ client, config, arrived }) => {
      const source = axios.CancelToken.source()
      const call = client.request({ ...config, cancelToken: source.token })
      call.catch(() => {})
      await until(arrived)
      source.cancel('enough')
      return call
    }
  },
  'a header whose name is no token': { url: '/echo', headers: { 'x a': '1' } },
  'an interceptor that throws': {
    url: '/echo',
    play: async ({ client, config }) => {
      const id = client.interceptors.request.use(() => { throw new Error('mine') })
      try {
        return await client.request(config)
      } finally {
        client.interceptors.request.eject(id)
      }
    }
  }
}

function fired (message) {
  const source = axios.CancelToken.source()
  source.cancel(message)
  return source.token
}

/** What only the agents carry. A body that is read once is made anew for each way. @type {Record<string, any>} */
const agents = {
  'data: a stream': () => post(Readable.from(['one', 'two'])),
  'data: FormData': () => {
    const data = new FormData()
    data.append('field', 'value')
    return post(data, { headers: { 'Content-Type': 'multipart/form-data; boundary=boundary-of-the-test' } })
  },
  'data: a Blob': () => post(new Blob(['some'], { type: 'text/x' })),
  'responseType stream': () => ({ url: '/json', responseType: 'stream' }),
  'responseType stream, of an error': () => ({ url: '/status/404', responseType: 'stream' }),
  progress: () => post('x', { onUploadProgress: () => {}, onDownloadProgress: () => {} }),
  beforeRedirect: () => ({ url: '/redirect/302/1', beforeRedirect: options => { options.headers['X-Added'] = 'yes' } }),
  'a header of the connection': () => ({ url: '/echo', headers: { TE: 'trailers' } }),
  'a header of several values': () => ({ url: '/echo', headers: { 'X-Many': ['a', 'b'] } })
}

module.exports = { sent, received, redirected, failed, agents }
