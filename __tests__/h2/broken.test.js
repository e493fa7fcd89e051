'use strict'

// Peers that break the protocol: each fails its own request and frees its connection.

const { frameServer, field, OK } = require('../support/frames')
const { open } = require('../support/pools')
const { rejection } = require('../support/awaiting')

async function pair () {
  const server = await frameServer()
  const pool = open({ h2c: true })
  const text = async (/** @type {any} */ own) => (await pool.request(server.url, own)).body.text()
  return { ...server, pool, text }
}

/** What breaks the protocol, and the code that it fails with. */
const BROKEN = {
  'CONTINUATION without end': [(one, stream) => {
    one.send('HEADERS', 0, stream, OK)
    for (let n = 0; n < 2000; n++) one.send('CONTINUATION', 0, stream, field(`x-${n}`, 'y'))
  }, 'ERR_HTTP2_SESSION_ERROR', /ENHANCE_YOUR_CALM/],
  'DATA of no stream': [one => one.send('DATA', 0, 0, Buffer.from('x')), 'ERR_HTTP2_SESSION_ERROR', /PROTOCOL_ERROR/],
  'a frame of 1 MiB': [one => one.send('DATA', 0, 1, Buffer.alloc(1 << 20)), 'ERR_HTTP2_SESSION_ERROR', /FRAME_SIZE_ERROR/],
  'fields that are no HPACK': [(one, stream) => one.head(stream, Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff])), 'ERR_HTTP2_SESSION_ERROR', /COMPRESSION_ERROR|PROTOCOL_ERROR/],
  'a window that overflows': [one => one.send('WINDOW_UPDATE', 0, 0, Buffer.from([0x7f, 0xff, 0xff, 0xff])), 'ERR_HTTP2_SESSION_ERROR', /FLOW_CONTROL_ERROR/],
  'a field in upper case': [(one, stream) => one.head(stream, Buffer.concat([OK, field('X-Upper', 'y')])), /^ERR_HTTP2_(STREAM|SESSION)_ERROR$/, /PROTOCOL_ERROR/],
  'no HTTP/2 at all': [one => one.socket.write('HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n'), 'ERR_HTTP2_SESSION_ERROR', /FRAME_SIZE_ERROR|PROTOCOL_ERROR/]
}

test.each(Object.entries(BROKEN))('%s fails the request and frees the connection', async (_, [act, code, message]) => {
  const { text, peer, pool } = await pair()
  const asked = rejection(text({ method: 'POST' }))
  const one = await peer(0)
  act(one, await one.request())
  const error = await asked
  expect(error.code).toMatch(code)
  expect(error).toMatchObject({ phase: 'head', message })
  expect(pool.getMetrics().errors).toBe(1)
  const next = text()
  const other = await Promise.race([peer(1), one.request().then(stream => { one.answer(stream); return null }, () => peer(1))])
  if (other !== null) other.answer(await other.request())
  expect(await next).toBe('ok')
})
