'use strict'

// The only file that requires the addon. Each evaluation of it attaches a ring of its own to the one engine
// of the process: the main thread's, a worker's, each Jest file's.

const { setImmediate } = require('./event-loop')
const { emptyContext } = require('./context')
const { Completions } = require('./ring/completions')
const { Handles } = require('./ring/handles')
const { Submission } = require('./ring/records')
const { Submissions } = require('./ring/submissions')
const { Users } = require('./ring/users')

const binding = load()

function load () {
  try {
    return require('../binding.js')
  } catch (error) {
    throw require('./no-binary').noBinary(/** @type {Error} */ (error))
  }
}

/** With the certificates of its peer one takes some kilobytes. */
const MOST_FACES = 256

/** @typedef {NonNullable<ReturnType<typeof import('../binding').attach>>} Attached */

/** Keeps the event loop from its end until it has read once more. */
function comeRound () {}

/** The object that native code calls, and holds weakly while nothing is in flight. */
class Ring {
  handles = new Handles()
  /** Who hears of a pool's events, as long as the pool is held by somebody. @type {Map<number, WeakRef<Ear>>} */ #ears = new Map()
  #context = emptyContext()
  /** @type {Completions} */ #completions
  /** @type {number} */ #id
  /** @type {Attached['leaseRaw']} */ #leaseRaw
  /** @type {Attached['releaseRaw']} */ #releaseRaw
  #ended = false
  /** What connections have told of themselves, which each request of theirs is asked. @type {Map<number, any>} */ #faces = new Map()
  users = new Users((question, answer) => binding.answer(this.#id, question, answer))
  #read = (/** @type {number} */ records) => this.#completions.read(records)

  constructor () {
    const slabs = binding.attach(this)
    if (slabs === null) throw new Error('The native engine could not be started: the system refused a thread or memory')
    const { id, completions, submissions, leaseRaw, releaseRaw } = slabs
    this.#id = id
    this.#leaseRaw = leaseRaw
    this.#releaseRaw = releaseRaw
    this.#completions = new Completions(completions, this.handles, (handle, place, last) => binding.take(id, handle, place, last),
      pool => this.#ears.get(pool)?.deref(), this.users)
    this.submissions = new Submissions(submissions, {
      submit: (length, begun) => binding.submit(id, length, begun),
      attach: (handle, bytes) => binding.attachBody(id, handle, bytes),
      stand: standing => binding.stand(id, standing)
    })
  }

  /**
   * Called by native code: so many records stand in the slab.
   * @param {number} records
   */
  deliver (records) {
    this.#context.runInAsyncScope(this.#read, null, records)
  }

  /** Called by native code: more is ready, or may be by then, and the event loop gets its turn first. */
  later () {
    setImmediate(() => { if (binding.look(this.#id)) setImmediate(comeRound) })
  }

  /** Called by native code: the ring is broken and nothing comes any more. */
  ended () {
    this.#ended = true
    for (const consumer of this.handles.drain()) {
      try {
        consumer.onFail({ code: 'ERR_POOL_INTERNAL', phase: 'queue', message: 'The connection to the native engine was lost' })
      } catch (error) {
        // As in a delivery: the others have to hear of it too.
        queueMicrotask(() => { throw error })
      }
    }
  }

  get isEnded () {
    return this.#ended
  }

  /**
   * @param {object} options
   * @param {import('../binding').TlsInput | undefined} tls
   * @param {import('../binding').HostInput[]} hosts
   * @param {import('../binding').ProxyInput[]} proxies
   * @param {import('../binding').UserInput[]} users who is asked, by section
   * @returns {number | import('../binding').Refusal} the pool's number, or what was wrong
   */
  openPool (options, tls, hosts, proxies, users) {
    return binding.openPool(this.#id, options, tls, hosts, proxies, users)
  }

  /**
   * As `openPool`, for the pool of a name, which others may hold already.
   * @param {string} name
   * @param {string} stated what other holders are told of the options
   * @param {object} options
   * @param {import('../binding').TlsInput | undefined} tls
   * @param {import('../binding').HostInput[]} hosts
   * @param {import('../binding').ProxyInput[]} proxies
   */
  holdPool (name, stated, options, tls, hosts, proxies) {
    return binding.holdPool(this.#id, name, stated, options, tls, hosts, proxies)
  }

  /**
   * @param {number} pool
   * @param {number} mask of what is listened to
   * @param {Ear} ear
   */
  listen (pool, mask, ear) {
    if (mask !== 0) this.#ears.set(pool, new WeakRef(ear))
    binding.listen(this.#id, pool, mask)
  }

  /** @param {number} pool */
  destroyPool (pool) {
    // At once, so that nothing which is in flight can still succeed after it, then what waits to be submitted:
    // that finds the pool destroyed. Only then is it forgotten.
    binding.destroyPool(this.#id, pool)
    this.#ears.delete(pool)
    this.submissions.note(Submission.CLOSE, pool)
    this.submissions.flush()
  }

  /**
   * Names an origin for raw leases.
   * @param {number} number
   * @param {number} pool
   * @param {number} section
   * @param {string} text `scheme\nhost\nport`, and `\nproxy` if it goes by one
   * @param {import('../binding').WayInput | undefined} way
   * @returns {boolean} false: it cannot be had
   */
  nameRaw (number, pool, section, text, way) {
    return binding.nameRaw(this.#id, number, pool, section, text, way)
  }

  /** @param {number} number */
  forgetRaw (number) {
    binding.forgetRaw(this.#id, number)
  }

  /**
   * Closes an idle connection, if there is one.
   * @param {number} number of the origin
   * @param {boolean} all of them
   */
  closeRaw (number, all) {
    binding.closeRaw(this.#id, number, all)
  }

  /**
   * @param {number} handle
   * @param {number} lease
   * @param {number} origin
   * @param {boolean} idempotent
   * @returns {number} how it stands, and eight times the number of its connection where that is known at once
   */
  leaseRaw (handle, lease, origin, idempotent) {
    return this.#leaseRaw(handle, lease, origin, idempotent)
  }

  /**
   * @param {number} lease
   * @param {number} written
   * @param {number} read
   * @param {boolean} keep
   * @param {number} [hintMs]
   * @returns {number} 1: the connection is kept; 2: the handle is free at once; their sum, or neither
   */
  releaseRaw (lease, written, read, keep, hintMs = -1) {
    return this.#releaseRaw(lease, written, read, keep, hintMs)
  }

  /**
   * The number of the connection under a raw lease; 0 while there is none.
   * @param {number} lease
   */
  rawConnection (lease) {
    return binding.rawConnection(this.#id, lease)
  }

  /**
   * What is known of the connection under a raw lease; null while there is none.
   * @param {number} lease
   * @param {number} connection its number
   */
  rawFace (lease, connection) {
    return this.#faces.get(connection) ?? this.#lookAt(lease)
  }

  /** @param {number} lease */
  #lookAt (lease) {
    const text = binding.rawFace(this.#id, lease)
    if (text === null) return null
    const { number, ...face } = JSON.parse(text)
    if (this.#faces.size >= MOST_FACES) this.#faces.delete(/** @type {number} */ (this.#faces.keys().next().value))
    this.#faces.set(number, Object.freeze(face))
    return face
  }

  /**
   * @param {number} handle
   * @param {Uint8Array} chunk
   */
  push (handle, chunk) {
    binding.pushBody(this.#id, handle, chunk)
  }

  /**
   * @param {number} handle
   * @param {Uint8Array[]} pieces
   */
  pushPieces (handle, pieces) {
    binding.pushPieces(this.#id, handle, pieces)
  }
}

/** @type {Ring | undefined} */
let ring

/** This evaluation's ring; made when first asked for, so that loading the package starts nothing. */
function attached () {
  if (ring === undefined || ring.isEnded) ring = new Ring()
  return ring
}

module.exports = {
  attached,
  /** The options' defaults, as plain data. */
  optionDefaults: () => JSON.parse(binding.optionDefaults()),
  /** The JSON Schema of a configuration file. */
  fileSchema: binding.fileSchema,
  /** The JSON Schema of the options, as text. */
  optionSchema: binding.optionSchema,
  /** The TypeScript declarations of the options. */
  optionTypes: binding.optionTypes,
  /** Which of a request's options cannot be had; null if all can. */
  refuseRequest: binding.refuseRequest,
  /** The names under which `environments` has options. */
  environments: binding.optionEnvironments(),
  /** Which option of a pool cannot be had; null if all can. */
  refuseOptions: binding.refuseOptions,
  trustRoots: binding.trustRoots,
  /**
   * A pool's metrics as a block of numbers, which `observe/figures.js` reads; null once it is forgotten.
   * @param {number} pool
   * @param {boolean} [origins] whether each origin's are among them
   */
  metrics: (pool, origins = true) => binding.metrics(pool, origins),
  /** Requests of a pool that failed so far. */
  errorCount: binding.errorCount,
  /** Closes every idle connection; gives how many those were. */
  closeIdle: binding.closeIdle,
  /** Counts from nothing again, but for the peak pool size. */
  resetMetrics: binding.resetMetrics,
  /** A request that the pool did not carry was answered. */
  trackRequest: binding.trackRequest,
  /** A request that the pool did not carry failed. */
  trackError: binding.trackError,
  /** A request that the pool did not carry had to wait. */
  trackExhaustion: binding.trackExhaustion,
  /** Takes the vectors out of a JSON text. */
  takeVectors: binding.takeVectors
}
/** @typedef {Ring} RingType */
/** @typedef {import('./ring/completions').Ear} Ear */
/** @typedef {import('../binding').Refusal} Refusal */
/** @typedef {import('../binding').TlsInput} TlsInput */
/** @typedef {import('../binding').HostInput} HostInput */
/** @typedef {import('../binding').ProxyInput} ProxyInput */
/** @typedef {import('../binding').WayInput} WayInput */
