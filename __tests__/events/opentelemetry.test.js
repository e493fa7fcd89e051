'use strict'

// The instrumentation that is made for undici, unchanged, over the pool: each call is played by undici or the platform too.

const { SpanKind, SpanStatusCode, context, propagation, trace } = require('@opentelemetry/api')
const { AsyncLocalStorageContextManager } = require('@opentelemetry/context-async-hooks')
const { W3CTraceContextPropagator } = require('@opentelemetry/core')
const { UndiciInstrumentation } = require('@opentelemetry/instrumentation-undici')
const { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } = require('@opentelemetry/sdk-trace-base')
const undici = require('undici')
const { until } = require('../support/awaiting')
const { open } = require('../support/pools')
const { closedPort, httpServer } = require('../support/servers')

const exporter = new InMemorySpanExporter()
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
const tracer = provider.getTracer('test')
const instrumentation = new UndiciInstrumentation()

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(new W3CTraceContextPropagator())
  instrumentation.setTracerProvider(provider)
})
afterAll(() => {
  instrumentation.disable()
  context.disable()
  propagation.disable()
})
beforeEach(() => exporter.reset())

/** The way in that is looked at, and the one that shows how it should be. */
const WAYS = [
  ['pool.request', () => { const pool = open(); return (url, options) => pool.request(url, options) }, () => undici.request],
  ['pool.fetch', () => { const pool = open(); return (url, options) => pool.fetch(url, options) }, () => globalThis.fetch]
]

/** @param {any} reply */
const textOf = reply => (reply.body?.text ? reply.body.text() : reply.text())

/**
 * What is traced of one call under a span of its own.
 * @param {() => Promise<unknown>} call
 * @param {number} [count] of the spans that it makes
 */
async function traced (call, count = 1) {
  exporter.reset()
  const parent = tracer.startSpan('parent')
  await context.with(trace.setSpan(context.active(), parent), call)
  await until(() => exporter.getFinishedSpans().length === count)
  return { parent: parent.spanContext(), spans: exporter.getFinishedSpans() }
}

/** A span as what matters of it. */
function shown ({ name, kind, attributes, status, events }) {
  return { name, kind, attributes, status: status.code, events: events.map(event => ({ name: event.name, type: event.attributes['exception.type'] })) }
}

/** Answers by path, and keeps what `traceparent` came. */
async function server () {
  const seen = []
  const { url } = await httpServer((request, reply) => {
    seen.push(request.headers.traceparent)
    request.resume()
    if (request.url === '/cut') return reply.writeHead(200, { 'content-length': '9' }).write('half', () => reply.destroy())
    if (request.url === '/never') return
    if (request.url === '/moved') return reply.writeHead(302, { location: '/here' }).end()
    reply.writeHead(request.url === '/missing' ? 404 : 200).end('whole')
  })
  return { url, seen }
}

describe.each(WAYS)('%s', (_name, ours, theirs) => {
  test.each([
    ['a GET', '/a?b=c', {}],
    ['a POST', '/a', { method: 'POST', body: '{}', headers: { 'content-type': 'application/json', 'user-agent': 'own/1' } }],
    ['a reply that says 404', '/missing', {}]
  ])('%s makes the span that undici makes', async (_call, path, options) => {
    const { url } = await server()
    const expected = await traced(async () => textOf(await theirs()(url + path, options)))
    const actual = await traced(async () => textOf(await ours()(url + path, options)))
    expect(shown(actual.spans[0])).toEqual(shown(expected.spans[0]))
    expect(actual.spans[0].kind).toBe(SpanKind.CLIENT)
  })

  test('the server receives the traceparent of a span whose parent is the caller', async () => {
    const { url, seen } = await server()
    const call = ours()
    const { parent, spans: [span] } = await traced(async () => textOf(await call(url)))
    expect(span.parentSpanContext.spanId).toBe(parent.spanId)
    expect(seen).toEqual([`00-${parent.traceId}-${span.spanContext().spanId}-01`])
  })

  test('calls at the same time on the same connections each have their own parent', async () => {
    const { url, seen } = await server()
    const call = ours()
    const parents = Array.from({ length: 30 }, () => tracer.startSpan('parent'))
    await Promise.all(parents.map(parent => context.with(trace.setSpan(context.active(), parent), async () => textOf(await call(url)))))
    await until(() => exporter.getFinishedSpans().length === parents.length)
    const sent = parents.map(parent => parent.spanContext().traceId)
    expect(seen.map(value => value.split('-')[1]).sort()).toEqual(sent.sort())
    for (const span of exporter.getFinishedSpans()) {
      const parent = parents.find(one => one.spanContext().traceId === span.spanContext().traceId)
      expect(span.parentSpanContext.spanId).toBe(parent.spanContext().spanId)
    }
  })

  test('a call made after a reply still has its caller as the parent', async () => {
    const { url } = await server()
    const call = ours()
    const { parent, spans } = await traced(async () => {
      await textOf(await call(url))
      await textOf(await call(url))
    }, 2)
    expect(spans.map(span => span.parentSpanContext.spanId)).toEqual([parent.spanId, parent.spanId])
  })

  test('a connection that is refused ends the span as an error, as with undici', async () => {
    const url = `http://127.0.0.1:${await closedPort()}/a`
    const expected = await traced(() => theirs()(url).catch(() => {}))
    const actual = await traced(() => ours()(url).catch(() => {}))
    expect(shown(actual.spans[0])).toMatchObject({ status: SpanStatusCode.ERROR, events: [{ name: 'exception', type: 'ECONNREFUSED' }] })
    expect(shown(actual.spans[0])).toEqual(shown(expected.spans[0]))
  })

  test('a reply that is cut off ends the span as an error', async () => {
    const { url } = await server()
    const call = ours()
    const { spans } = await traced(async () => textOf(await call(`${url}/cut`)).catch(() => {}))
    expect(shown(spans[0])).toMatchObject({ status: SpanStatusCode.ERROR, attributes: { 'http.response.status_code': 200 }, events: [{ type: 'ECONNRESET' }] })
  })

  test('an aborted call ends the span, which is no error', async () => {
    const { url, seen } = await server()
    const call = ours()
    const controller = new AbortController()
    const { spans } = await traced(async () => {
      const ended = call(`${url}/never`, { signal: controller.signal }).catch(() => {})
      await until(() => seen.length === 1)
      controller.abort()
      await ended
    })
    expect(shown(spans[0])).toMatchObject({ status: SpanStatusCode.UNSET, events: [] })
  })
})

test('each hop of a redirected fetch has its span under the caller', async () => {
  const { url, seen } = await server()
  const pool = open()
  const { parent, spans } = await traced(async () => textOf(await pool.fetch(`${url}/moved`)), 2)
  expect(spans.map(span => [span.attributes['url.path'], span.parentSpanContext?.spanId])).toEqual([['/moved', parent.spanId], ['/here', parent.spanId]])
  expect(seen).toEqual(spans.map(span => `00-${parent.traceId}-${span.spanContext().spanId}-01`))
})
