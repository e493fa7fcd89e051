'use strict'

const http = require('node:http')
const https = require('node:https')
const { Wrong } = require('../calls')
const { Pattern, Tokens, echoed, ensureStatus, ensureTaken, numbered, pieces, upload: bodyOf } = require('./replies')

/** @typedef {import('./index').Scene} Scene */

/**
 * A request by Node's client. Settles with its `'close'`, after which it must be silent.
 * @param {Scene} scene
 * @param {string} path
 * @param {{ method?: string, body?: AsyncIterable<Buffer> | Buffer | null, read: (reply: http.IncomingMessage, request: http.ClientRequest) => void }} how
 * @returns {Promise<http.IncomingMessage | null>} null: it was given up before the head
 */
function ask ({ pool, call, origin, signal }, path, { method = 'GET', body = null, read }) {
  const { request } = origin.startsWith('https:') ? https : http
  return new Promise((resolve, reject) => {
    call.phase = 'head'
    let failure = null
    let message = null
    let closings = 0
    // A pool that was destroyed a moment ago has no agent, which Node would take for its own.
    const agent = /** @type {http.Agent | null} */ (pool.getAgentForUrl(origin))
    if (agent === null) return reject(Object.assign(new Error('no agent'), { code: 'ERR_POOL_DESTROYED' }))
    const sent = request(origin + path, { agent, method, signal })
    const end = setTimeout(() => {
      call.isProvoked ||= call.isFaulty
      sent.destroy(new Error('its time is over'))
    }, call.patienceMs)
    sent.on('error', error => { failure ??= error })
    sent.on('response', reply => {
      call.phase = 'body'
      if (message !== null) failure ??= new Wrong('two replies')
      message = reply
      reply.on('error', error => { failure ??= error })
      read(reply, sent)
    })
    sent.on('close', () => {
      closings++
      if (closings > 1) return call.twice()
      clearTimeout(end)
      if (failure === null) resolve(message)
      else reject(failure)
    })
    write(sent, body).catch(error => sent.destroy(error))
  })
}

/**
 * @param {http.ClientRequest} sent
 * @param {AsyncIterable<Buffer> | Buffer | null} body
 */
async function write (sent, body) {
  if (body === null || body instanceof Buffer) return void sent.end(body ?? undefined)
  let go = () => {}
  sent.on('drain', () => go()).on('close', () => go())
  for await (const piece of body) {
    if (sent.destroyed) return
    if (!sent.write(piece)) await new Promise(resolve => { go = () => resolve(undefined) })
  }
  sent.end()
}

/**
 * @param {Scene} scene
 * @param {string} path
 * @param {object} [how]
 * @returns {Promise<{ status: number, chunks: Buffer[] }>}
 */
async function whole (scene, path, how) {
  const chunks = []
  const reply = await ask(scene, path, { ...how, read: message => message.on('data', chunk => chunks.push(chunk)) })
  if (reply === null) throw new Wrong('closed without a reply and without an error')
  if (!reply.complete && !scene.call.isFaulty) throw new Wrong('closed before its end without an error')
  return { status: /** @type {number} */ (reply.statusCode), chunks }
}

/** @param {Scene} scene */
async function json (scene) {
  const { path, ensure } = numbered(scene.dice)
  const { status, chunks } = await whole(scene, path)
  ensureStatus(status)
  ensure(Buffer.concat(chunks).toString())
}

/** @param {Scene} scene */
async function bytes (scene) {
  const length = scene.dice.between(1, 500_000)
  const pattern = new Pattern()
  for (const chunk of (await whole(scene, `/bytes?n=${length}&chunked=1`)).chunks) pattern.take(chunk)
  pattern.end(length)
}

/** @param {Scene} scene */
async function events (scene) {
  const count = scene.dice.between(1, 50)
  const tokens = new Tokens()
  for (const chunk of (await whole(scene, `/sse?tokens=${count}&every=${scene.dice.between(0, 250)}`)).chunks) tokens.take(chunk)
  tokens.end(count)
}

/** @param {Scene} scene */
async function leave (scene) {
  scene.call.isProvoked = true
  await ask(scene, scene.dice.pick(['/bytes?n=5000000', '/drip?n=20&every=20']), {
    read: (reply, sent) => {
      const how = scene.dice.between(0, 2)
      if (how === 0) reply.destroy()
      if (how === 1) sent.destroy()
      if (how === 2) reply.once('data', () => reply.destroy())
    }
  })
}

/** @param {Scene} scene */
async function upload (scene) {
  const sent = bodyOf(scene.dice, scene.dice.between(0, 300_000))
  const body = scene.dice.chance(0.5) ? pieces(scene.dice, sent) : sent
  const { chunks } = await whole(scene, '/sink', { method: 'POST', body })
  ensureTaken(JSON.parse(Buffer.concat(chunks).toString()), sent)
}

/** @param {Scene} scene */
async function fault (scene) {
  const { dice } = scene
  const sent = dice.chance(0.3) ? { method: 'POST', body: dice.chance(0.5) ? pieces(dice, bodyOf(dice, 100_000)) : Buffer.alloc(dice.between(0, 1_000_000)) } : {}
  await ask(scene, scene.fault, { ...sent, read: message => message.resume() })
}

/** @param {Scene} scene */
async function race (scene) {
  const { path, ensure } = echoed()
  const { status, chunks } = await whole(scene, path)
  ensureStatus(status)
  ensure(Buffer.concat(chunks).toString())
}

/** @type {import('./index').Kind[]} */
const kinds = [
  { name: 'agent-json', share: 8, where: 'origins', play: json },
  { name: 'agent-bytes', share: 4, where: 'origins', play: bytes },
  { name: 'agent-left', share: 3, where: 'origins', isLeft: true, play: leave },
  { name: 'agent-events', share: 12, where: 'origins', play: events },
  { name: 'agent-upload', share: 4, where: 'origins', isUnsafe: true, play: upload },
  { name: 'agent-race', share: 4, where: 'closing', play: race },
  { name: 'agent-fault', share: 10, where: 'faulty', play: fault }
]

module.exports = { kinds }
