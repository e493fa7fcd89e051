'use strict'

const { Wrong } = require('../calls')
const { Pattern, Tokens, echoed, ensureStatus, ensureTaken, numbered, pieces, upload: bodyOf } = require('./replies')

/** @typedef {import('./index').Scene} Scene */

/** @param {Scene} scene @param {string} path @param {object} [options] */
async function ask ({ pool, call, origin, signal }, path, options) {
  call.phase = 'head'
  const reply = await pool.request(origin + path, { signal, requestTimeout: call.patienceMs, ...options })
  call.phase = 'body'
  return reply
}

/** @param {Scene} scene */
async function json (scene) {
  const { path, ensure } = numbered(scene.dice)
  const { statusCode, body } = await ask(scene, path)
  ensureStatus(statusCode)
  ensure(await body.text())
}

/** @param {Scene} scene */
async function bytes (scene) {
  const length = scene.dice.between(1, 500_000)
  const { body } = await ask(scene, `/bytes?n=${length}&chunked=${scene.dice.between(0, 1)}`)
  const pattern = new Pattern()
  for await (const chunk of body) pattern.take(chunk)
  pattern.end(length)
}

/** Leaves a body in one of the ways in which callers do. @param {Scene} scene */
async function leave (scene) {
  const { body } = await ask(scene, scene.dice.pick(['/bytes?n=100000', '/bytes?n=5000000', '/drip?n=20&every=20']))
  const how = scene.dice.between(0, 3)
  if (how === 0) await body.dump()
  if (how === 1) body.destroy()
  if (how === 2) for await (const chunk of body) if (chunk.length > 0) break
  // Else nobody ever reads it, and the garbage collector finds it.
}

/** @param {Scene} scene */
async function events (scene) {
  const count = scene.dice.between(1, 50)
  const { body } = await ask(scene, `/sse?tokens=${count}&every=${scene.dice.between(0, 250)}`)
  const tokens = new Tokens()
  for await (const chunk of body) tokens.take(chunk)
  tokens.end(count)
}

/** @param {Scene} scene */
async function upload (scene) {
  const sent = bodyOf(scene.dice, scene.dice.between(0, 300_000))
  const body = scene.dice.chance(0.5) ? pieces(scene.dice, sent) : sent
  const reply = await ask(scene, '/sink', { method: scene.dice.pick(['POST', 'PUT']), body })
  ensureTaken(await reply.body.json(), sent)
}

/** @param {Scene} scene */
async function fault (scene) {
  const { dice } = scene
  const timeouts = dice.chance(0.5) ? { headersTimeout: dice.between(50, 1000), bodyTimeout: dice.between(50, 1000) } : {}
  const isUpload = dice.chance(0.3)
  const sent = isUpload ? { method: 'POST', body: dice.chance(0.5) ? pieces(dice, bodyOf(dice, 100_000)) : Buffer.alloc(dice.between(0, 1_000_000)) } : {}
  const { body } = await ask(scene, scene.fault, { ...timeouts, ...sent })
  if (dice.chance(0.8)) await body.text()
  else await body.dump()
}

/**
 * Reads a body by its events, as the stream that it is. Most who do so have no listener for its error: they see that it has closed.
 * @param {Scene} scene
 * @param {any} body
 * @param {((chunk: Buffer) => unknown) | null} take null: it is let flow away
 * @returns {Promise<void>}
 */
function emitted ({ call, dice }, body, take) {
  return new Promise((resolve, reject) => {
    const over = () => {
      if (body.readableEnded || (body.errored === null && (call.isProvoked || call.isFaulty || call.kept.isGone))) resolve()
      else reject(body.errored ?? new Wrong('closed before its end without an error'))
    }
    if (body.closed) return over()
    if (dice.chance(0.3)) body.on('error', () => {})
    body.on('close', over)
    if (take === null) body.resume()
    else body.on('data', take)
  })
}

/** @param {Scene} scene */
async function flowing (scene) {
  const { dice } = scene
  const length = dice.between(1, 500_000)
  const { body } = await ask(scene, `/bytes?n=${length}&chunked=${dice.between(0, 1)}`)
  const pattern = new Pattern()
  /** @type {Buffer[]} */
  const chunks = []
  await emitted(scene, body, chunk => chunks.push(chunk))
  for (const chunk of chunks) pattern.take(chunk)
  if (body.readableEnded) pattern.end(length)
}

/** @param {Scene} scene */
async function faultFlowing (scene) {
  const { body } = await ask(scene, scene.fault)
  await emitted(scene, body, scene.dice.chance(0.5) ? () => {} : null)
}

/** Against connections that close while they are idle, no GET ever fails. @param {Scene} scene */
async function race (scene) {
  const { path, ensure } = echoed()
  const { statusCode, body } = await ask(scene, path)
  ensureStatus(statusCode)
  ensure(await body.text())
}

/** @type {import('./index').Kind[]} */
const kinds = [
  { name: 'request-json', share: 10, where: 'origins', play: json },
  { name: 'request-bytes', share: 4, where: 'origins', play: bytes },
  { name: 'request-flowing', share: 4, where: 'origins', play: flowing },
  { name: 'request-left', share: 4, where: 'origins', isLeft: true, play: leave },
  { name: 'request-events', share: 15, where: 'origins', play: events },
  { name: 'request-upload', share: 5, where: 'origins', isUnsafe: true, play: upload },
  { name: 'request-race', share: 6, where: 'closing', play: race },
  { name: 'request-fault', share: 12, where: 'faulty', play: fault },
  { name: 'request-fault-flowing', share: 4, where: 'faulty', play: faultFlowing }
]

module.exports = { kinds }
