'use strict'

const { Wrong } = require('../calls')
const { Pattern, Tokens, echoed, ensureStatus, ensureTaken, numbered, source, upload: bodyOf } = require('./replies')

/** @typedef {import('./index').Scene} Scene */

/**
 * What fetch has no option for is asked of a signal: its own end.
 * @param {Scene} scene
 * @param {string} path
 * @param {any} [init]
 */
async function ask ({ pool, call, origin, signal }, path, init) {
  call.phase = 'head'
  const end = setTimeout(() => {
    call.isProvoked ||= call.isFaulty
    controller.abort(new Error('its time is over'))
  }, call.patienceMs)
  const controller = new AbortController()
  call.listened = controller.signal
  const give = () => controller.abort()
  signal?.addEventListener('abort', give)
  const over = () => {
    clearTimeout(end)
    signal?.removeEventListener('abort', give)
  }
  try {
    if (signal?.aborted) controller.abort()
    const response = await pool.fetch(origin + path, { ...init, signal: controller.signal })
    call.phase = 'body'
    return { response, over }
  } catch (error) {
    over()
    throw error
  }
}

/**
 * @param {Scene} scene
 * @param {string} path
 * @param {any} init
 * @param {(response: Response) => Promise<void>} read
 */
async function asked (scene, path, init, read) {
  const { response, over } = await ask(scene, path, init)
  try {
    await read(response)
  } finally {
    over()
  }
}

/** @param {Scene} scene */
const json = scene => {
  const isCoded = scene.dice.chance(0.3)
  const { path, ensure } = isCoded ? { path: '/encoded?coding=br&n=20000', ensure: ensureWhole } : numbered(scene.dice)
  return asked(scene, path, {}, async response => {
    ensureStatus(response.status)
    ensure(await response.text())
  })
}

/** @param {string} text */
function ensureWhole (text) {
  if (text.length !== 20_000) throw new Wrong(`${text.length} of 20000 characters came`)
}

/** @param {Response} response */
const readerOf = response => /** @type {ReadableStream<Uint8Array>} */ (response.body).getReader()

/** @param {Scene} scene */
const bytes = scene => {
  const length = scene.dice.between(1, 500_000)
  return asked(scene, `/bytes?n=${length}`, {}, async response => {
    const pattern = new Pattern()
    await drained(readerOf(response), chunk => pattern.take(chunk))
    pattern.end(length)
  })
}

/** @param {Scene} scene */
const events = scene => {
  const count = scene.dice.between(1, 50)
  return asked(scene, `/sse?tokens=${count}&every=${scene.dice.between(0, 250)}`, {}, async response => {
    const tokens = new Tokens()
    await drained(readerOf(response), chunk => tokens.take(chunk))
    tokens.end(count)
  })
}

/** @param {ReadableStreamDefaultReader<Uint8Array>} reader @param {(chunk: Uint8Array) => void} take */
async function drained (reader, take) {
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    take(value)
  }
}

/** @param {Scene} scene */
const leave = scene => asked(scene, scene.dice.pick(['/bytes?n=100000', '/bytes?n=5000000', '/drip?n=20&every=20']), {}, async response => {
  const how = scene.dice.between(0, 3)
  if (how === 0) await response.body?.cancel()
  if (how === 1) {
    const reader = readerOf(response)
    await reader.read()
    await reader.cancel()
  }
  if (how === 2) {
    const copy = response.clone()
    await Promise.all([copy.arrayBuffer(), response.arrayBuffer()])
  }
  // Else nobody ever reads it.
})

/** @param {import('../dice').Dice} dice @param {Buffer} sent */
const posted = (dice, sent) => ({ method: 'POST', duplex: 'half', body: source(dice, sent) })

/** @param {Scene} scene */
const upload = scene => {
  const sent = bodyOf(scene.dice, scene.dice.between(0, 300_000))
  return asked(scene, '/sink', posted(scene.dice, sent), async response => ensureTaken(await response.json(), sent))
}

/** @param {Scene} scene */
const fault = scene => {
  const { dice } = scene
  const init = dice.chance(0.3) ? posted(dice, bodyOf(dice, dice.between(0, 300_000))) : {}
  return asked(scene, scene.fault, init, async response => {
    if (dice.chance(0.5)) await response.text()
    else if (response.body !== null) await drained(readerOf(response), () => {})
  })
}

/** @param {Scene} scene */
const race = scene => {
  const { path, ensure } = echoed()
  return asked(scene, path, {}, async response => {
    ensureStatus(response.status)
    ensure(await response.text())
  })
}

/** @type {import('./index').Kind[]} */
const kinds = [
  { name: 'fetch-json', share: 8, where: 'origins', play: json },
  { name: 'fetch-bytes', share: 4, where: 'origins', play: bytes },
  { name: 'fetch-left', share: 4, where: 'origins', isLeft: true, play: leave },
  { name: 'fetch-events', share: 15, where: 'origins', play: events },
  { name: 'fetch-upload', share: 4, where: 'origins', isUnsafe: true, play: upload },
  { name: 'fetch-race', share: 4, where: 'closing', play: race },
  { name: 'fetch-fault', share: 10, where: 'faulty', play: fault }
]

module.exports = { kinds }
