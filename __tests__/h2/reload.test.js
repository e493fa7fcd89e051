'use strict'

// caddy takes new instructions, or ends, while requests flow: it says GOAWAY on every connection, and no request is lost.

const { once } = require('node:events')
const fs = require('node:fs')
const path = require('node:path')
const { exchange } = require('../agents/exchange')
const { until } = require('../support/awaiting')
const { Workshop } = require('../support/certificates')
const { open } = require('../support/pools')
const { describeWith } = require('../support/programs')
const { caddy } = require('./programs')

const workshop = new Workshop()
const issued = workshop.issue('localhost')
const BODY = Buffer.alloc(20_000, 'x')
const LARGE = Buffer.alloc(20_000_000, 'large ')
const AT_ONCE = 20

describeWith('caddy')('caddy', () => {
  const served = caddy(issued)
  const url = (/** @type {string} */ place) => `https://localhost:${served.port}${place}`
  const pool = (options = {}) => open({ tls: { ca: workshop.root.cert }, ...options })

  beforeAll(() => fs.writeFileSync(path.join(served.folder, 'files', 'large'), LARGE))

  /**
   * Keeps requests in flight until told to stop.
   * @param {(n: number) => Promise<string | undefined>} ask gives the generation that answered
   */
  function flow (ask) {
    const on = new AbortController()
    /** @type {Set<string | undefined>} */
    const generations = new Set()
    const counts = { asked: 0, reset: 0 }
    const asking = Promise.all(Array.from({ length: AT_ONCE }, async () => {
      while (!on.signal.aborted) {
        counts.asked++
        await ask(counts.asked).then(generation => generations.add(generation), error => {
          if (!beforeAccepted(error)) throw error
          counts.reset++
        })
      }
    }))
    return {
      generations,
      counts,
      asking,
      stop: () => { on.abort(); return asking }
    }
  }

  /**
   * Whether a dial ended with the listener in whose backlog it lay: Linux resets what nobody has accepted when a listener is
   * closed, though another listens at the same port. No request was lost with it.
   * @param {any} error
   */
  const beforeAccepted = ({ code, phase }) => code === 'ECONNRESET' && (phase === 'connect' || phase === 'tls')

  /** @param {AsyncIterable<Buffer>} body */
  async function wholly (body) {
    const chunks = []
    for await (const chunk of body) chunks.push(chunk)
    expect(Buffer.concat(chunks).equals(LARGE)).toBe(true)
  }

  /** Has the server change its instructions, thrice, each when the last have shown. @param {ReturnType<typeof flow>} flowing */
  async function reloads (flowing) {
    const { counts, generations } = flowing
    for (let n = 0; n < 3; n++) {
      const before = counts.asked
      await Promise.race([until(() => counts.asked > before + 5 * AT_ONCE), flowing.asking])
      const { size } = generations
      await served.reload()
      await Promise.race([until(() => generations.size > size), flowing.asking])
    }
    await flowing.stop()
  }

  test('over HTTP/2 every request is answered once, uploads too', async () => {
    const one = pool()
    const flowing = flow(async n => {
      const upload = n % 2 === 0 ? { method: 'POST', body: BODY } : {}
      const { statusCode, headers, body } = await one.request(url('/sink'), upload)
      expect([statusCode, await body.text()]).toEqual([200, 'taken'])
      return String(headers['x-generation'])
    })
    await reloads(flowing)
    const { errors, totalRequests, connectionsCreated } = one.getMetrics()
    const { asked, reset } = flowing.counts
    expect([errors, totalRequests]).toEqual([reset, asked])
    expect(connectionsCreated).toBeGreaterThan(3)
    await until(() => served.answered() >= asked - reset)
    expect(served.answered()).toBe(asked - reset)
  })

  test.each(['a pool', 'an agent'])('over HTTP/1.1 every request of %s is answered', async who => {
    const one = pool({ allowH2: false, maxSocketsPerHost: AT_ONCE })
    const agent = one.getHttpsAgent()
    const flowing = flow(async () => {
      if (who === 'an agent') return String((await exchange(url('/protocol'), { agent })).headers['x-generation'])
      const { headers, body } = await one.request(url('/protocol'))
      expect(await body.text()).toBe('HTTP/1.1')
      return String(headers['x-generation'])
    })
    await reloads(flowing)
    expect(one.getMetrics().errors).toBe(flowing.counts.reset)
  })

  test('a long reply that is under way when new instructions come is finished, and what comes next goes elsewhere', async () => {
    const one = pool()
    const { body } = await one.request(url('/large'))
    await once(body, 'readable')
    await served.reload()
    const next = await one.request(url('/protocol'))
    expect(await next.body.text()).toBe('HTTP/2.0')
    await wholly(body)
    expect(one.getMetrics().connectionsCreated).toBe(2)
  })

  test('what it has begun when it is told to end it finishes, and what it has not is refused', async () => {
    const one = pool()
    const { body } = await one.request(url('/large'))
    await once(body, 'readable')
    const failures = []
    const flowing = flow(async () => {
      try {
        await (await one.request(url('/protocol'))).body.text()
      } catch (error) {
        if (!beforeAccepted(error)) failures.push(error)
        throw error
      }
      return undefined
    })
    const over = flowing.stop.bind(flowing)
    const ended = served.end()
    await until(() => failures.length === AT_ONCE)
    await expect(over()).rejects.toThrow()
    // Nobody listens any more. Whatever was taken on was answered.
    expect(new Set(failures.map(({ code, phase }) => `${code} ${phase}`))).toEqual(new Set(['ECONNREFUSED connect']))
    await wholly(body)
    await ended
  })
})
