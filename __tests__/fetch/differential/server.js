'use strict'

const { createHash } = require('node:crypto')
const zlib = require('node:zlib')
const { buffer: bodyOf } = require('node:stream/consumers')

/** @typedef {(request: import('node:http').IncomingMessage, reply: import('node:http').ServerResponse, parameters: URLSearchParams) => unknown} Route */

const BODY = 'It is a truth universally acknowledged. '.repeat(20)

/** @type {Record<string, (bytes: Buffer) => Buffer>} */
const coders = {
  gzip: zlib.gzipSync,
  'x-gzip': zlib.gzipSync,
  GZIP: zlib.gzipSync,
  deflate: zlib.deflateSync,
  'raw-deflate': zlib.deflateRawSync,
  br: zlib.brotliCompressSync,
  'gzip, br': bytes => zlib.brotliCompressSync(zlib.gzipSync(bytes)),
  identity: bytes => bytes,
  unknown: bytes => bytes,
  'gzip, unknown': zlib.gzipSync
}

/** What every case talks to, on either side. @type {Record<string, Route>} */
const routes = {
  async '/echo' (request, reply) {
    const body = await bodyOf(request)
    const headers = pairs(request.rawHeaders)
    reply.setHeader('content-type', 'application/json').end(JSON.stringify({
      method: request.method, url: request.url, headers, length: body.length, sha: sha(normal(body, request)), start: body.length < 200 ? String(normal(body, request)) : undefined
    }))
  },
  '/text' (_, reply, parameters) {
    reply.setHeader('content-type', parameters.get('type') ?? 'text/plain').end(Buffer.from(parameters.get('body') ?? BODY, 'latin1'))
  },
  '/bytes' (_, reply, parameters) { reply.end(Buffer.alloc(Number(parameters.get('n')), 'abcdefgh')) },
  '/status' (_, reply, parameters) {
    reply.writeHead(Number(parameters.get('code')), parameters.get('reason') ?? undefined).end(parameters.get('body') ?? undefined)
  },
  '/headers' (_, reply) {
    reply.writeHead(200, [['X-One', 'a'], ['x-one', 'b'], ['Set-Cookie', 'a=1; Path=/'], ['set-cookie', 'b=2, c'], ['X-Empty', ''], ['X-Latin', '\xe4'], ['X-Spaces', 'a  b'], ['Vary', 'x'], ['vary', 'y']].flat()).end('x')
  },
  '/moved' (request, reply, parameters) {
    const location = parameters.get('to')
    request.resume()
    const policy = parameters.getAll('policy')
    reply.writeHead(Number(parameters.get('code') ?? 302), { ...location !== null && { location }, ...policy.length > 0 && { 'referrer-policy': policy } }).end('moved')
  },
  '/again' (request, reply, parameters) {
    const left = Number(parameters.get('left'))
    request.resume()
    if (left === 0) reply.end('there')
    else reply.writeHead(302, { location: `/again?left=${left - 1}` }).end()
  },
  '/coded' (_, reply, parameters) {
    const coding = String(parameters.get('coding'))
    const bytes = /** @type {(bytes: Buffer) => Buffer} */ (coders[coding])(Buffer.from(BODY))
    reply.writeHead(Number(parameters.get('code') ?? 200), { 'content-encoding': coding === 'raw-deflate' ? 'deflate' : coding, 'content-length': bytes.length }).end(bytes)
  },
  '/coded-badly' (_, reply) { reply.writeHead(200, { 'content-encoding': 'gzip' }).end('this is no gzip') },
  '/coded-half' (_, reply) {
    const bytes = zlib.gzipSync(Buffer.from(BODY))
    reply.writeHead(200, { 'content-encoding': 'gzip', 'content-length': bytes.length >> 1 }).end(bytes.subarray(0, bytes.length >> 1))
  },
  '/pieces' (_, reply) {
    let left = 5
    const more = () => left-- > 0 ? reply.write(`piece ${left};`, () => setImmediate(more)) : reply.end()
    more()
  },
  '/never' (request) { request.resume() },
  '/begun' (request, reply) {
    request.resume()
    reply.write('begun')
  },
  '/cut' (request, reply) {
    reply.writeHead(200, { 'content-length': 100 })
    reply.write('some', () => setImmediate(() => request.socket.destroy()))
  },
  '/hangup' (request) { request.socket.destroy() },
  '/garbage' (request) { request.socket.end('this is no HTTP\r\n\r\n') },
  '/form' (_, reply) {
    reply.setHeader('content-type', 'multipart/form-data; boundary=b')
      .end('--b\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n--b\r\ncontent-disposition: form-data; name="f"; filename="f.txt"\r\ncontent-type: text/x\r\n\r\nfile\r\n--b--\r\n')
  }
}

/**
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} reply
 */
async function serveCases (request, reply) {
  const { pathname, searchParams } = new URL(String(request.url), 'http://x')
  const route = /** @type {Route} */ (routes[pathname] ?? routes['/echo'])
  try {
    await route(request, reply, searchParams)
  } catch (error) {
    // The client went while its body was read, as some cases have it.
    if (!request.destroyed) throw error
  }
}

/**
 * What the two sides may order as they like, and what is the connection's own.
 * @param {string[]} raw
 */
function pairs (raw) {
  const all = []
  for (let i = 0; i < raw.length; i += 2) all.push(`${String(raw[i]).toLowerCase()}: ${raw[i + 1]}`)
  // Every boundary is drawn anew.
  return all.filter(line => line !== 'connection: keep-alive').map(line => line.replace(/(boundary=-*[a-z]*)[-0-9a-z]*/i, 'boundary=…')).sort()
}

/**
 * @param {Buffer} body
 * @param {import('node:http').IncomingMessage} request
 */
function normal (body, request) {
  const boundary = /boundary=(\S+)/.exec(request.headers['content-type'] ?? '')?.[1]
  return boundary === undefined ? body : Buffer.from(String(body).replaceAll(boundary, '…'))
}

/** @param {Buffer} bytes */
function sha (bytes) {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16)
}

module.exports = { BODY, serveCases }
