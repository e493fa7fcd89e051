// Compiled by declarations.test.js and never run: a wrong declaration is an error of the compiler.

import { EventEmitter } from 'node:events'
import type { Agent as HttpAgent } from 'node:http'
import type { Agent as HttpsAgent } from 'node:https'
import { Readable } from 'node:stream'
import { Anthropic } from '@anthropic-ai/sdk'
import { OpenAI } from 'openai'
import {
  ConnectionPoolManager, DEFAULT_CONFIG, PoolError, createPooledAnthropicClient, createPooledFetch, createPooledFetchWrapper, createPooledHttpClient,
  createPooledOpenAIClient, getGlobalPool, installGlobal, resetGlobalPool,
  type BodyInput, type DestroyedPool, type HeadersInput, type PoolMetrics, type PooledResponse, type PoolOptions, type PoolStatus, type ReplyBody, type RequestOptions, type ResponseData
} from '../..'

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false
function same<A, B> (_yes: Same<A, B>): void {}

const pool = new ConnectionPoolManager({ maxSockets: 5, scheduling: 'fifo', tls: { ca: 'PEM', rejectUnauthorized: true }, ownKey: 1 })
// @ts-expect-error an option of a wrong type
export const wrongType = new ConnectionPoolManager({ maxSockets: '5' })
// @ts-expect-error a word that is none of those allowed
export const wrongWord = new ConnectionPoolManager({ scheduling: 'random' })
export const none: PoolOptions = { maxSockets: undefined }

export const layered: PoolOptions = {
  perHostPools: { openai: { maxSocketsPerHost: 5 }, own: { hosts: ['*.svc.internal'], tls: { ca: 'PEM' } } },
  environments: { production: { maxSockets: 5, ownKey: 1 } },
  configFile: 'pool.json'
}
// @ts-expect-error what is about all connections is no option of some hosts
export const total: PoolOptions = { perHostPools: { openai: { maxSockets: 5 } } }
// @ts-expect-error an environment that is not known
export const staging: PoolOptions = { environments: { staging: {} } }

same<ReturnType<typeof getGlobalPool>, ConnectionPoolManager>(true)
same<ReturnType<typeof resetGlobalPool>, void>(true)
pool.on('metrics_collected', collected => { same<typeof collected, PoolMetrics>(true) })
pool.on('request_error', ({ error, totalErrors }) => { same<[typeof error, typeof totalErrors], [unknown, number]>(true) })
pool.on('connection_created', ({ protocol, origin, active, total }) => {
  same<[typeof protocol, typeof origin, typeof active, typeof total], ['http' | 'https', string, number, number]>(true)
})
pool.once('connection_removed', ({ reason }) => { same<typeof reason, string>(true) })
pool.on('connection_freed', ({ port }) => { same<typeof port, number>(true) })
pool.on('high_utilization', ({ utilization, max }) => { same<[typeof utilization, typeof max], [number, number]>(true) })
pool.on('high_error_rate', ({ errorRate, requests }) => { same<[typeof errorRate, typeof requests], [number, number]>(true) })
// @ts-expect-error no such figure in the payload
pool.on('pool_exhausted', ({ waiting }) => waiting)
same<ReturnType<typeof pool.getHttpAgent>, HttpAgent>(true)
const gone = pool as DestroyedPool
const noAgent: null = gone.getHttpsAgent()
same<[ReturnType<typeof pool.preconnect>, ReturnType<typeof pool.closeIdle>, ReturnType<typeof pool.drain>], [Promise<void>, number, Promise<void>]>(true)
export const ahead = [noAgent, pool.preconnect(new URL('http://localhost'), 2)]
// @ts-expect-error how many, and not whether
export const wrongCount = pool.preconnect('http://localhost', true)
same<ReturnType<typeof pool.getHttpsAgent>, HttpsAgent>(true)
same<ReturnType<typeof pool.getAgentForUrl>, HttpAgent | HttpsAgent>(true)
pool.on('agents_initialized', ({ http, https }) => { same<[typeof http, typeof https], [HttpAgent, HttpsAgent]>(true) })
pool.trackError(new Error('no'), 'timeout')
// @ts-expect-error a time is a number
pool.trackRequest('5')

same<typeof DEFAULT_CONFIG.maxSockets, number>(true)
same<typeof DEFAULT_CONFIG.scheduling, 'lifo' | 'fifo'>(true)
same<typeof pool.config.bodyTimeout, number>(true)
// @ts-expect-error the defaults are frozen
DEFAULT_CONFIG.maxSockets = 1

const bodies: BodyInput[] = [
  'text', Buffer.alloc(1), new Uint8Array(1), new ArrayBuffer(1), new DataView(new ArrayBuffer(1)), new URLSearchParams(), new FormData(), new Blob([]),
  Readable.from([]), new ReadableStream<Uint8Array>(), ['a', Buffer.alloc(1)], (async function * () { yield 'a' })()
]
// @ts-expect-error a plain object is no body
bodies.push({ a: 1 })

const headers: HeadersInput[] = [{ a: 'b', n: 1, l: ['a'], u: undefined }, ['a', 'b'], [['a', 'b']], new Headers(), new Map([['a', 'b']])]
// @ts-expect-error an object is no header value
headers.push({ a: {} })

const options: RequestOptions = { method: 'POST', query: { a: [1, 'b'], u: undefined }, headersTimeout: 5, signal: new EventEmitter(), decompress: false }
// @ts-expect-error an object is no parameter of a query
options.query = { a: {} }

export async function use (): Promise<void> {
  const reply = await pool.request(new URL('http://localhost/'), { ...options, signal: AbortSignal.timeout(5), body: 'x' })
  same<typeof reply, ResponseData>(true)
  same<typeof reply.statusCode, number>(true)
  const cookie: string | string[] | undefined = reply.headers['set-cookie']
  const body: ReplyBody & Readable = reply.body
  same<Awaited<ReturnType<typeof body.text>>, string>(true)
  same<Awaited<ReturnType<typeof body.bytes>>, Uint8Array>(true)
  for await (const chunk of body) String(chunk)
  String(cookie)
}

export const metrics: PoolMetrics = pool.getMetrics()
same<typeof metrics.agents.http.pending, number>(true)
export const status: PoolStatus = pool.getStatus()
same<typeof status.healthy, boolean>(true)
same<ReturnType<typeof pool.getReport>, string>(true)
same<ReturnType<typeof pool.destroy>, void>(true)

export function tell (error: unknown): string {
  if (!(error instanceof PoolError)) return 'unknown'
  same<typeof error.phase, 'queue' | 'dns' | 'connect' | 'proxy' | 'tls' | 'head' | 'body'>(true)
  if (error.code === 'ECONNRESET' && error.mayHaveBeenProcessed !== true) return 'send it again'
  return error.code === 'ERR_POOL_QUEUE_FULL' ? `${error.occupancy?.waiting}` : error.message
}

export async function generic (): Promise<string> {
  const client = createPooledHttpClient({ baseURL: 'https://a.test', headers: { accept: null }, throwOnError: true }, pool)
  const { data } = await client.get<{ id: number }>('/x', { params: { tag: ['a', 1], none: undefined, when: new Date() } })
  same<typeof data, { id: number }>(true)
  const reply = await client.post('/x', { id: data.id }, { responseType: 'stream' })
  same<[typeof reply.ok, typeof reply.headers], [boolean, Headers]>(true)
  // @ts-expect-error an option that does not exist
  await client.request({ url: '/x', maxBodyLength: 1 })
  return reply.body instanceof Readable ? 'read it' : ''
}

export const openai = createPooledOpenAIClient(OpenAI, { apiKey: 'key' }, pool)
export const anthropic = createPooledAnthropicClient(Anthropic)
same<[typeof openai, typeof anthropic], [OpenAI, Anthropic]>(true)
same<ReturnType<typeof createPooledFetch>, typeof fetch>(true)
same<ReturnType<typeof createPooledFetchWrapper>, typeof fetch>(true)
same<ReturnType<typeof installGlobal>, () => void>(true)
// @ts-expect-error a pool, not its options
installGlobal({ maxSockets: 5 })

export async function fetched (): Promise<void> {
  const response = await pool.fetch(new Request('http://localhost/'), { method: 'POST', body: new URLSearchParams(), signal: AbortSignal.timeout(5) })
  same<typeof response, PooledResponse>(true)
  const asResponse: Response = response
  same<ReturnType<typeof response.toNative>, Response>(true)
  same<ReturnType<typeof response.text>, Promise<string>>(true)
  // @ts-expect-error a status cannot be assigned
  response.status = 5
  // @ts-expect-error a number is no URL
  await pool.fetch(5)
  asResponse.body?.getReader().releaseLock()
}

// @ts-expect-error what would send requests past the pool
createPooledOpenAIClient(OpenAI, { fetch })

pool.intercept(request => { console.log(request.url) })
pool.intercept(async request => { await Promise.resolve(request.url) })
