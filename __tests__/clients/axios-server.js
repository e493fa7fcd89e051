'use strict'

// A server that answers by path, and keeps what it saw: what goes out by two ways can be compared.

const zlib = require('node:zlib')
const { bodyOf, httpServer } = require('../support/servers')

const JSON_TYPE = { 'content-type': 'application/json' }
const TEXT = '{"text":"ünï €","list":[1,2,3]}'

/** @type {Record<string, (context: any) => void>} by the path's first part */
const ROUTES = {
  echo: ({ reply, seen }) => reply.writeHead(200, JSON_TYPE).end(JSON.stringify({ method: seen.method, url: seen.url, body: seen.body })),
  json: ({ reply }) => reply.writeHead(200, JSON_TYPE).end(TEXT),
  empty: ({ reply }) => reply.writeHead(200).end(),
  chunked: ({ reply }) => { reply.writeHead(200, JSON_TYPE).write(TEXT.slice(0, 9)); reply.end(TEXT.slice(9)) },
  status: ({ reply, parts: [status, phrase] }) => reply.writeHead(Number(status), phrase ? decodeURIComponent(phrase) : undefined, JSON_TYPE).end(status === '204' ? undefined : '{"why":"so"}'),
  bytes: ({ reply }) => reply.writeHead(200).end(Buffer.from([0, 1, 2, 128, 254, 255])),
  bom: ({ reply }) => reply.writeHead(200).end('\ufeff{"a":1}'),
  latin1: ({ reply }) => reply.writeHead(200).end(Buffer.from('gr\xfc\xdfe', 'latin1')),
  broken: ({ reply }) => reply.writeHead(200, JSON_TYPE).end('{"a":'),
  long: ({ reply, parts: [length] }) => reply.writeHead(200).end('x'.repeat(Number(length))),
  coded: ({ reply, parts: [coding] }) => reply.writeHead(200, { ...JSON_TYPE, 'content-encoding': coding }).end(CODED[coding]?.() ?? TEXT),
  torn: ({ reply, parts: [coding] }) => reply.writeHead(200, { 'content-encoding': coding }).end(CODED[coding]().subarray(0, -6)),
  notcoded: ({ reply, parts: [coding] }) => reply.writeHead(200, { 'content-encoding': coding }).end(TEXT),
  lines: ({ reply }) => reply.writeHead(200, [['Set-Cookie', 'a=1'], ['Set-Cookie', 'b=2'], ['X-Many', 'one'], ['X-Many', 'two'], ['ETag', '"1"'], ['ETag', '"2"']].flat()).end(),
  cookie: ({ reply }) => reply.writeHead(200, { 'set-cookie': 'a=1' }).end(),
  silence: () => {},
  pause: ({ reply }) => { reply.writeHead(200).write('some') },
  cut: ({ reply, request }) => { reply.writeHead(200, { 'content-length': 100 }).write('some', () => request.socket.destroy()) },
  reset: ({ request }) => request.socket.resetAndDestroy(),
  hangup: ({ request }) => request.socket.destroy(),
  garbage: ({ request }) => request.socket.end('what is this\r\n\r\n'),
  redirect: ({ reply, parts: [status, left] }) => {
    if (Number(left) === 0) return reply.writeHead(200, JSON_TYPE).end('{"there":true}')
    reply.writeHead(Number(status), { location: `/${Number(left) === 1 ? 'echo' : `redirect/${status}/${Number(left) - 1}`}?from=${left}` }).end('moved')
  },
  loop: ({ reply, request }) => reply.writeHead(302, { location: request.url }).end(),
  to: ({ reply, parts: [status, location] }) => reply.writeHead(Number(status), { location: decodeURIComponent(location) }).end(),
  nowhere: ({ reply }) => reply.writeHead(302).end('{"stays":true}')
}

const CODED = {
  gzip: () => zlib.gzipSync(TEXT),
  'x-gzip': () => zlib.gzipSync(TEXT),
  deflate: () => zlib.deflateSync(TEXT),
  br: () => zlib.brotliCompressSync(TEXT)
}

/** @returns {Promise<{ url: string, port: number, seen: any[] }>} */
async function axiosServer () {
  /** @type {any[]} */
  const all = []
  const { url, port } = await httpServer(async (request, reply) => {
    const { method, url, headers } = request
    const seen = { method, url, headers, body: '' }
    all.push(seen)
    seen.body = (await bodyOf(request)).toString('latin1')
    const [name, ...parts] = url.split('?')[0].slice(1).split('/')
    ;(ROUTES[name] ?? ROUTES.echo)({ request, reply, seen, parts })
  })
  return { url, port, seen: all }
}

module.exports = { TEXT, axiosServer }
