'use strict'

const binding = require('./addon')
const { Completions } = require('../../lib/ring/completions')
const { Handles } = require('../../lib/ring/handles')
const { Submission } = require('../../lib/ring/records')
const { Submissions } = require('../../lib/ring/submissions')

/** A ring over the addon with slabs of the test's own size, and what was delivered to it. */
class SmallRing {
  handles = new Handles()
  /** Records of each delivery. @type {number[]} */ deliveries = []
  laters = 0
  isEnded = false

  /**
   * @param {{ completions?: number, submissions?: number, options?: object }} [sizes] bytes
   */
  constructor ({ completions, submissions, options = {} } = {}) {
    const slabs = /** @type {any} */ (binding.attach(this, completions, submissions))
    this.slabs = slabs
    this.id = slabs.id
    this.completions = new Completions(slabs.completions, this.handles, (handle, place, last) => binding.take(this.id, handle, place, last))
    this.submissions = new Submissions(slabs.submissions, {
      submit: (length, begun) => binding.submit(this.id, length, begun),
      attach: (handle, bytes) => binding.attachBody(this.id, handle, bytes),
      stand: standing => binding.stand(this.id, standing)
    })
    this.pool = binding.openPool(this.id, options)
  }

  /** Called by native code. @param {number} records */
  deliver (records) {
    this.deliveries.push(records)
    this.completions.read(records)
  }

  /** Called by native code. */
  later () {
    this.laters++
    setImmediate(() => { if (binding.look(this.id)) setImmediate(() => {}) })
  }

  /** Called by native code. */
  ended () {
    this.isEnded = true
    for (const consumer of this.handles.drain()) consumer.onFail({ code: 'ENDED' })
  }

  /** @param {number} port */
  origin (port) {
    this.submissions.origin(1, this.pool, `http\n127.0.0.1\n${port}`)
  }

  /**
   * Asks for a path of origin 1 and collects everything that comes.
   * @param {string} path
   * @returns {Promise<{ status: number, head: string, body: Buffer, trailers: string }>}
   */
  ask (path) {
    return new Promise((resolve, reject) => {
      const got = { status: 0, head: '', body: Buffer.alloc(0), trailers: '' }
      const chunks = []
      const handle = this.handles.open({
        onReply: (status, head, body) => resolve({ ...got, status, head, body: Buffer.from(/** @type {any} */ (body), 'latin1') }),
        onHead: (status, head) => Object.assign(got, { status, head }),
        onData: chunk => {
          chunks.push(chunk)
          this.submissions.note(Submission.CREDIT, handle, chunk.length)
        },
        onEnd: trailers => resolve({ ...got, body: Buffer.concat(chunks), trailers }),
        onFail: failure => reject(Object.assign(new Error('failed'), failure)),
        onRoom () {}
      })
      this.submissions.request(handle, 1, `GET\n${path}`, null, 0, 0, undefined)
    })
  }

  close () {
    this.submissions.flush()
    binding.destroyPool(this.id, this.pool)
  }
}

module.exports = { SmallRing }
