'use strict'

// Peers that break the protocol: each fails its own request and frees its connection, and no other server's feels it.

const { frameServer } = require('../support/frames')
const { pair, requests, seen } = require('../support/framed')
const { field, OK, END_STREAM, END_HEADERS } = require('../support/peer')
const { rejection, until } = require('../support/awaiting')

const CANCEL = 8
const PADDED = 8
const IDLE = 99
const SESSION = 'ERR_HTTP2_SESSION_ERROR'
const STREAM = 'ERR_HTTP2_STREAM_ERROR'
const PRIORITY = 32
/** `:method: GET`, by its index in HPACK's static table. */
const GET = Buffer.from([0x82])
const NO_CONTENT = Buffer.from([0x89])
const NOT_MODIFIED = Buffer.from([0x8b])
const bytes = (/** @type {number[]} */ ...values) => Buffer.from(values)

/** What breaks the protocol, and the code that it fails with. */
const BROKEN = {
  'CONTINUATION without end': [(one, stream) => {
    one.send('HEADERS', 0, stream, OK)
    for (let n = 0; n < 2000; n++) one.send('CONTINUATION', 0, stream, field(`x-${n}`, 'y'))
  }, SESSION, /ENHANCE_YOUR_CALM/],
  'CONTINUATION of nothing': [(one, stream) => one.send('CONTINUATION', END_HEADERS, stream, OK), SESSION, /PROTOCOL_ERROR/],
  'another frame in place of CONTINUATION': [(one, stream) => one.send('HEADERS', 0, stream, OK).data(stream, 'x'), SESSION, /PROTOCOL_ERROR/],
  'CONTINUATION that is cut off': [(one, stream) => one.send('HEADERS', 0, stream, OK).socket.end(), 'ECONNRESET', /hang up/],
  'a frame that is cut off': [one => one.socket.end(bytes(0, 0, 9, 0)), 'ECONNRESET', /hang up/],
  'DATA of no stream': [one => one.send('DATA', 0, 0, Buffer.from('x')), SESSION, /PROTOCOL_ERROR/],
  'DATA of a stream that nobody began': [one => one.data(IDLE, 'x'), SESSION, /PROTOCOL_ERROR/],
  'DATA before any head': [(one, stream) => one.data(stream, 'x'), SESSION, /PROTOCOL_ERROR/],
  'a head of a stream that nobody began': [one => one.head(IDLE), SESSION, /PROTOCOL_ERROR/],
  'a head of a stream of its own': [one => one.head(2), SESSION, /PROTOCOL_ERROR/],
  'a promise': [(one, stream) => one.send('PUSH_PROMISE', END_HEADERS, stream, Buffer.concat([bytes(0, 0, 0, 2), OK])), SESSION, /PROTOCOL_ERROR/],
  'a priority of four bytes': [(one, stream) => one.send('PRIORITY', 0, stream, Buffer.alloc(4)), SESSION, /FRAME_SIZE_ERROR/],
  'more padding than frame': [(one, stream) => one.head(stream).send('DATA', PADDED, stream, bytes(9, 120)), SESSION, /PROTOCOL_ERROR/, 'body'],
  'a frame of 1 MiB': [one => one.send('DATA', 0, 1, Buffer.alloc(1 << 20)), SESSION, /FRAME_SIZE_ERROR/],
  'fields that are no HPACK': [(one, stream) => one.head(stream, bytes(0xff, 0xff, 0xff, 0xff, 0xff, 0xff)), SESSION, /COMPRESSION_ERROR|PROTOCOL_ERROR/],
  'a window that overflows': [one => one.send('WINDOW_UPDATE', 0, 0, bytes(0x7f, 0xff, 0xff, 0xff)), SESSION, /FLOW_CONTROL_ERROR/],
  'a window that grows by nothing': [one => one.send('WINDOW_UPDATE', 0, 0, Buffer.alloc(4)), SESSION, /PROTOCOL_ERROR/],
  'a reset of a stream that nobody began': [one => one.reset(IDLE, CANCEL), SESSION, /PROTOCOL_ERROR/],
  'a reset of three bytes': [(one, stream) => one.send('RST_STREAM', 0, stream, Buffer.alloc(3)), SESSION, /FRAME_SIZE_ERROR/],
  'settings of five bytes': [one => one.send('SETTINGS', 0, 0, Buffer.alloc(5)), SESSION, /FRAME_SIZE_ERROR/],
  'settings of a stream': [(one, stream) => one.send('SETTINGS', 0, stream), SESSION, /PROTOCOL_ERROR/],
  'a first window of 2 GiB': [one => one.send('SETTINGS', 0, 0, bytes(0, 4, 0x80, 0, 0, 0)), SESSION, /FLOW_CONTROL_ERROR/],
  'settings that allow pushes': [(one, stream) => one.settings([3, 100], [2, 1]).answer(stream), SESSION, /PROTOCOL_ERROR/],
  'an acknowledgement of nothing': [one => one.acknowledge().acknowledge(), SESSION, /PROTOCOL_ERROR/],
  'a GOAWAY of four bytes': [one => one.send('GOAWAY', 0, 0, Buffer.alloc(4)), SESSION, /PROTOCOL_ERROR/],
  'a GOAWAY of a stream': [(one, stream) => one.send('GOAWAY', 0, stream, Buffer.alloc(8)), SESSION, /PROTOCOL_ERROR/],
  'a GOAWAY that takes back an earlier one': [(one, stream) => one.goAway(stream).goAway(stream + 2), SESSION, /PROTOCOL_ERROR/],
  'a field in upper case': [(one, stream) => one.head(stream, Buffer.concat([OK, field('X-Upper', 'y')])), SESSION, /PROTOCOL_ERROR/],
  'a head without a status': [(one, stream) => one.head(stream, field('x', 'y')), STREAM, /PROTOCOL_ERROR/],
  'a head of two statuses': [(one, stream) => one.head(stream, Buffer.concat([OK, OK])), STREAM, /PROTOCOL_ERROR/],
  'a status of letters': [(one, stream) => one.head(stream, field(':status', 'abc')), /^ERR_HTTP2_/, /PROTOCOL_ERROR|COMPRESSION_ERROR/],
  'a head with a path': [(one, stream) => one.head(stream, Buffer.concat([OK, field(':path', '/x')])), STREAM, /PROTOCOL_ERROR/],
  'a head with a path that is compressed': [(one, stream) => one.head(stream, Buffer.concat([OK, bytes(0, 0x84, 0xb9, 0x58, 0xd3, 0x3f, 1), Buffer.from('/')])), STREAM, /PROTOCOL_ERROR/],
  'a head with a method by its index': [(one, stream) => one.head(stream, Buffer.concat([OK, GET])), STREAM, /PROTOCOL_ERROR/],
  'a head with an authority whose name is an index': [(one, stream) => one.head(stream, Buffer.concat([bytes(0x41, 1, 120), OK])), STREAM, /PROTOCOL_ERROR/],
  'a head before the reply\'s with a scheme': [(one, stream) => one.head(stream, Buffer.concat([field(':status', '103'), bytes(0x86)])).answer(stream), STREAM, /PROTOCOL_ERROR/],
  'a head with a method in CONTINUATION': [(one, stream) => one.send('HEADERS', 0, stream, OK).send('CONTINUATION', 0, stream, GET).send('CONTINUATION', END_HEADERS, stream), STREAM, /PROTOCOL_ERROR/],
  'a head with padding, a priority and a method': [(one, stream) => one.send('HEADERS', END_HEADERS | PADDED | PRIORITY, stream, Buffer.concat([bytes(3, 0, 0, 0, 0, 16), OK, GET, Buffer.alloc(3)])), STREAM, /PROTOCOL_ERROR/],
  'a head with a pseudo field that nobody knows': [(one, stream) => one.head(stream, Buffer.concat([OK, field(':x', 'y')])), SESSION, /PROTOCOL_ERROR|COMPRESSION_ERROR/],
  'a length of letters': [(one, stream) => one.head(stream, Buffer.concat([OK, field('content-length', 'x')])), STREAM, /PROTOCOL_ERROR/],
  'more data than its length': [(one, stream) => one.head(stream, Buffer.concat([OK, field('content-length', '2')])).data(stream, 'four', true), STREAM, /PROTOCOL_ERROR/, 'body'],
  'a body of 204': [(one, stream) => one.head(stream, NO_CONTENT).data(stream, 'x', true), STREAM, /PROTOCOL_ERROR/, 'body'],
  'a body of 304': [(one, stream) => one.head(stream, NOT_MODIFIED).data(stream, 'x', true), STREAM, /PROTOCOL_ERROR/, 'body'],
  'empty DATA without end': [(one, stream) => {
    one.head(stream)
    for (let n = 0; n < 20_000; n++) one.data(stream, '')
  }, SESSION, /ENHANCE_YOUR_CALM/, 'body'],
  'trailers with a status': [(one, stream) => one.head(stream).data(stream, 'x').head(stream, OK, true), STREAM, /PROTOCOL_ERROR/, 'body'],
  'trailers with a path': [(one, stream) => one.head(stream).data(stream, 'x').head(stream, field(':path', '/x'), true), STREAM, /PROTOCOL_ERROR/, 'body'],
  'trailers that are not the end': [(one, stream) => one.head(stream).data(stream, 'x').head(stream, field('x', 'y')), STREAM, /PROTOCOL_ERROR/, 'body'],
  'no HTTP/2 at all': [one => one.socket.write('HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n'), SESSION, /speaks HTTP\/1/]
}

test.each(Object.entries(BROKEN))('%s fails the request and frees the connection', async (_, [act, code, message, phase = 'head']) => {
  const { text, peer, pool, url } = await pair({ greets: false })
  const elsewhere = await frameServer()
  const neighbour = pool.request(elsewhere.url).then(reply => reply.body.text())
  const other = await elsewhere.peer(0)
  const owed = await other.request()
  const asked = rejection(text({ method: 'POST' }))
  const one = await peer(0)
  if (!one.socket.destroyed) one.settings()
  act(one, await one.request())
  const error = await asked
  expect(error.code).toMatch(code)
  expect(error).toMatchObject({ phase, message, origin: url, mayHaveBeenProcessed: true })
  expect(pool.getMetrics().errors).toBe(1)
  const next = text()
  const fresh = await Promise.race([peer(1), one.request().then(stream => { one.answer(stream); return null }, () => peer(1))])
  if (fresh !== null) fresh.answer(await fresh.request())
  expect(await next).toBe('ok')
  other.answer(owed)
  expect(await neighbour).toBe('ok')
  if (fresh !== null) await one.gone()
})

test('a body in reply to HEAD fails its request', async () => {
  const { text, peer } = await pair()
  const asked = rejection(text({ method: 'HEAD' }))
  const one = await peer(0)
  one.answer(await one.request())
  expect(await asked).toMatchObject({ code: STREAM, phase: 'body', message: expect.stringMatching(/PROTOCOL_ERROR/), mayHaveBeenProcessed: true })
})

test.each([['GET', 204, ''], ['GET', 304, ''], ['HEAD', 200, '2']])('a %s that is answered by %i may end with DATA of no bytes', async (method, status, length) => {
  const { pool, url, peer } = await pair()
  const asked = pool.request(url, { method })
  const one = await peer(0)
  const fields = length === '' ? [] : [field('content-length', length)]
  one.head(await one.request(), Buffer.concat([field(':status', String(status)), ...fields])).data(1, '', true)
  const { statusCode, body } = await asked
  expect([statusCode, await body.text()]).toEqual([status, ''])
})

test('pseudo fields are known by their place in the table too, as it grows', async () => {
  const { text, peer } = await pair()
  const ask = async (/** @type {Buffer} */ head, /** @type {Buffer} */ trailers) => {
    const asked = text()
    const one = await peer(0)
    const stream = await one.request()
    one.head(stream, head).data(stream, 'ok').head(stream, trailers, true)
    return asked
  }
  const kept = (/** @type {number} */ n) => Buffer.concat([bytes(0x40, 1), Buffer.from('x'), bytes(1, n)])
  const sum = kept(48)
  /** The field that was kept so many before the last. */
  const earlier = (/** @type {number} */ n) => bytes(0x80 + 62 + n)
  // Three are kept: a status, a path and an ordinary one.
  expect(await ask(Buffer.concat([bytes(0x48, 3), Buffer.from('201')]), field('x', 'y'))).toBe('ok')
  expect(await rejection(ask(Buffer.concat([earlier(0), bytes(0x44, 1, 47)]), field('x', 'y')))).toMatchObject({ code: STREAM, phase: 'head' })
  expect(await ask(earlier(1), sum)).toBe('ok')
  expect(await ask(earlier(2), earlier(0))).toBe('ok')
  expect(await rejection(ask(earlier(2), earlier(1)))).toMatchObject({ code: STREAM, phase: 'body' })
  expect(await rejection(ask(earlier(2), earlier(2)))).toMatchObject({ code: STREAM, phase: 'body' })
  expect(await ask(Buffer.concat([earlier(2), ...Array.from({ length: 60 }, (_, n) => kept(n % 10 + 48))]), earlier(0))).toBe('ok')
  expect(await ask(bytes(0x80 + 62 + 62), earlier(5))).toBe('ok')
  expect(await rejection(ask(OK, bytes(0x80 + 62 + 61)))).toMatchObject({ code: STREAM, phase: 'body' })
})

test('trailers are known as such whatever came in between', async () => {
  const { text, first } = await pair()
  const one = await first()
  const asked = Array.from({ length: 6 }, () => text({ method: 'POST' }))
  const settled = Promise.allSettled(asked)
  const streams = await requests(one, 6)
  for (const stream of streams) one.head(stream, field(':status', '103')).head(stream)
  for (const stream of streams.slice(0, 3)) one.head(stream, OK, true)
  for (const stream of streams.slice(3)) one.data(stream, 'ok').head(stream, field('x', 'y'), true)
  const failed = { status: 'rejected', reason: { code: STREAM, phase: 'body', message: expect.stringMatching(/PROTOCOL_ERROR/) } }
  const had = { status: 'fulfilled', value: 'ok' }
  expect(await settled).toMatchObject([failed, failed, failed, had, had, had])
})

test('it does not matter how the bytes are cut', async () => {
  const { text, first, peer } = await pair()
  const one = await first()
  one.socket.setNoDelay(true)
  const dribble = async (/** @type {() => unknown} */ act) => {
    const write = jest.spyOn(one.socket, 'write').mockReturnValue(true)
    act()
    const sent = Buffer.concat(write.mock.calls.map(([chunk]) => /** @type {Buffer} */ (chunk)))
    write.mockRestore()
    for (const byte of sent) await new Promise(resolve => { one.socket.write(bytes(byte), () => setImmediate(resolve)) })
  }
  const asked = rejection(text())
  const stream = await one.request()
  await dribble(() => one.send('HEADERS', 0, stream, OK).send('CONTINUATION', END_HEADERS, stream, field(':path', '/x')))
  expect(await asked).toMatchObject({ code: STREAM, phase: 'head', message: expect.stringMatching(/PROTOCOL_ERROR/) })
  const other = rejection(text({ method: 'POST' }))
  const last = await one.request()
  await dribble(() => one.head(last).goAway(last, 2))
  expect(await other).toMatchObject({ code: SESSION, message: expect.stringMatching(/INTERNAL_ERROR/) })
  const next = text()
  const fresh = await peer(1)
  fresh.answer(await fresh.request())
  expect(await next).toBe('ok')
})

test('DATA beyond the window fails its request', async () => {
  const { url, pool, peer } = await pair()
  const asked = pool.request(url)
  const one = await peer(0)
  const stream = await one.request()
  one.head(stream)
  const { body } = await asked
  for (let n = 0; n < 200; n++) one.data(stream, Buffer.alloc(16_384))
  expect(await rejection(body.text())).toMatchObject({ phase: 'body', message: expect.stringMatching(/FLOW_CONTROL_ERROR/) })
})

test('a window of a stream that overflows fails its request alone', async () => {
  const { text, first } = await pair()
  const one = await first()
  const asked = rejection(text({ method: 'POST', body: Buffer.alloc(100_000) }))
  const stream = await one.request()
  const lives = text()
  const other = await one.request()
  // Some of it is used up, and no more than there was at first.
  for (let n = 0; n < 2; n++) one.send('WINDOW_UPDATE', 0, stream, bytes(0x7f, 0xff, 0xff, 0xff))
  expect(await asked).toMatchObject({ code: STREAM, phase: 'head', message: expect.stringMatching(/FLOW_CONTROL_ERROR/), mayHaveBeenProcessed: true })
  one.answer(other)
  expect(await lives).toBe('ok')
})

/** What is odd and allowed. */
const ODD = {
  'padding of no length': (one, stream) => one.head(stream).send('DATA', PADDED | END_STREAM, stream, Buffer.from('\0ok')),
  'a frame of a type that nobody knows': (one, stream) => { one.socket.write(bytes(0, 0, 1, 0xee, 0, 0, 0, 0, stream, 7)); one.answer(stream) },
  'a setting that nobody knows': (one, stream) => one.settings([0xeeee, 1]).answer(stream),
  'a setting that allows no pushes': (one, stream) => one.settings([2, 0]).answer(stream),
  'priorities of everything': (one, stream) => {
    for (let n = 1; n < 500; n += 2) one.send('PRIORITY', 0, n, bytes(0, 0, 0, 0, 16))
    one.answer(stream)
  },
  'a thousand PINGs': (one, stream) => {
    for (let n = 0; n < 1000; n++) one.send('PING', 0, 0, Buffer.alloc(8))
    one.answer(stream)
  },
  'a thousand settings': (one, stream) => {
    for (let n = 0; n < 1000; n++) one.settings([3, 100])
    one.answer(stream)
  },
  'a thousand heads before the reply\'s': (one, stream) => {
    for (let n = 0; n < 1000; n++) one.head(stream, field(':status', '103'))
    one.answer(stream)
  },
  'a head and DATA after the end': (one, stream) => one.answer(stream).head(stream).data(stream, 'more')
}

test.each(Object.entries(ODD))('%s does no harm', async (_, act) => {
  const { text, first } = await pair()
  const one = await first()
  const asked = text()
  act(one, await one.request())
  expect(await asked).toBe('ok')
})

test('when all streams are reset at once each fails its request, and the connection goes on', async () => {
  const { text, first, peers, pool } = await pair()
  const one = await first()
  const asked = Array.from({ length: 50 }, () => rejection(text({ method: 'POST' })))
  for (const stream of await requests(one, 50)) one.reset(stream, CANCEL)
  for (const error of await Promise.all(asked)) expect(error).toMatchObject({ code: STREAM, phase: 'head', mayHaveBeenProcessed: true })
  await until(() => pool.getMetrics().agents.http.idle === 1)
  expect(pool.getMetrics().errors).toBe(50)
  const next = text()
  one.answer(await one.request())
  expect(await next).toBe('ok')
  await seen(one)
  expect(peers).toHaveLength(1)
})
