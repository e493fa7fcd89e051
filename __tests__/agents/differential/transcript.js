'use strict'

// What is to be seen of requests, replies, sockets and the agent, in the order in which it is seen.

const { waitFor } = require('./scripted-server')

const SOCKET_EVENTS = ['lookup', 'connect', 'ready', 'secureConnect', 'end', 'timeout', 'drain', 'finish', 'error', 'close', 'free', 'agentRemove']
const REQUEST_EVENTS = ['socket', 'response', 'information', 'continue', 'upgrade', 'connect', 'finish', 'drain', 'timeout', 'abort', 'error', 'close']
const REPLY_EVENTS = ['end', 'aborted', 'error', 'close', 'pause', 'resume', 'timeout']

/** Facts of an error that Node gives; what the pool adds is left out. */
const ERROR_FACTS = ['name', 'code', 'message', 'errno', 'syscall', 'address', 'port', 'hostname', 'host', 'reason', 'bytesParsed']

class Transcript {
  /** @type {string[]} */ lines = []
  /** Events told more than once a name, for those who wait. @type {Map<string, number>} */ #seen = new Map()
  /** @type {Set<() => void>} */ #waiting = new Set()
  /** @type {WeakMap<object, string>} */ #names = new WeakMap()
  /** Sockets that were seen and have not told that they are closed. @type {Set<any>} */ openSockets = new Set()
  #sockets = 0
  isOver = false

  /**
   * @param {any} agent
   * @param {import('node:async_hooks').AsyncLocalStorage<string>} storage
   */
  constructor (agent, storage) {
    this.agent = agent
    this.storage = storage
  }

  /**
   * @param {string} who
   * @param {string} event
   * @param {unknown[]} [facts]
   */
  tell (who, event, facts = []) {
    if (this.isOver) return
    const name = `${who} ${event}`
    this.lines.push([name, ...facts.map(shown), `[${this.storage.getStore() ?? '-'}] ${this.#counts()}`].join(' '))
    this.#seen.set(name, (this.#seen.get(name) ?? 0) + 1)
    for (const look of [...this.#waiting]) look()
  }

  /** Waits until something was told so many times. @param {string} name @param {number} [times] */
  async seen (name, times = 1) {
    await waitFor(() => (this.#seen.get(name) ?? 0) >= times || undefined, name, look => {
      this.#waiting.add(look)
      return () => this.#waiting.delete(look)
    })
  }

  /**
   * Listens to a request and to what comes of it.
   * @param {string} name
   * @param {import('node:http').ClientRequest} req
   * @param {{ read?: boolean, unheard?: string[] }} [options] `read`: false for a scenario that reads the reply itself;
   *   `unheard`: events that change what Node does when somebody listens
   */
  watch (name, req, { read = true, unheard = [] } = {}) {
    const hear = REQUEST_EVENTS.filter(event => !unheard.includes(event))
    this.#hear(req, name, hear, (event, given) => this.#requestFacts(event, given, req, name, read))
  }

  /**
   * @param {string} event
   * @param {any[]} given
   * @param {any} req
   * @param {string} name
   * @param {boolean} read
   */
  #requestFacts (event, given, req, name, read) {
    const [first, second, third] = given
    if (event === 'socket') {
      return [this.#socket(first), { reused: req.reusedSocket, connecting: first.connecting, destroyed: first.destroyed }]
    }
    if (event === 'response') {
      this.#reply(`${name}.res`, first, read)
      return [headOf(first)]
    }
    if (event === 'upgrade' || event === 'connect') return [headOf(first), this.#socket(second), third.latin1Slice()]
    if (event === 'error') return [errorFacts(first)]
    if (event === 'close') return [{ destroyed: req.destroyed, aborted: req.aborted, ended: req.writableEnded, finished: req.writableFinished }]
    return event === 'information' ? [{ ...first, httpVersion: first.httpVersion }] : given
  }

  /**
   * @param {string} name
   * @param {any} res
   * @param {boolean} read
   */
  #reply (name, res, read) {
    let body = ''
    /** @type {Set<string | undefined>} */ const stores = new Set()
    this.#hear(res, name, REPLY_EVENTS, (event, [first]) => {
      if (event === 'error') return [errorFacts(first)]
      if (event === 'end') return [body, [...stores].join(), res.rawTrailers, { complete: res.complete }]
      if (event === 'close') return [body, { complete: res.complete, aborted: res.aborted, destroyed: res.destroyed }]
      return []
    })
    if (read) {
      res.on('data', chunk => {
        body += chunk.latin1Slice()
        stores.add(this.storage.getStore())
      })
    }
  }

  /** The name of a socket, which is listened to from the first time on. @param {any} socket */
  #socket (socket) {
    const known = this.#names.get(socket)
    if (known !== undefined) return known
    const name = `s${++this.#sockets}`
    this.#names.set(socket, name)
    this.openSockets.add(socket)
    this.#hear(socket, name, SOCKET_EVENTS, (event, given) => {
      if (event === 'error') return [errorFacts(given[0])]
      if (event === 'lookup') return [given[0] === null ? null : errorFacts(given[0]), ...given.slice(1)]
      if (event === 'close') {
        this.openSockets.delete(socket)
        return [given[0], { bytesWritten: socket.bytesWritten }]
      }
      if (event === 'free' || event === 'agentRemove') return []
      return given
    })
    return name
  }

  /** Listens to what an agent tells. */
  watchAgent () {
    this.#hear(this.agent, 'agent', ['free'], (_, [socket]) => [this.#socket(socket)])
  }

  /**
   * @param {import('node:events').EventEmitter} emitter
   * @param {string} who
   * @param {string[]} events
   * @param {(event: string, given: any[]) => unknown[]} facts
   */
  #hear (emitter, who, events, facts) {
    for (const event of events) emitter.on(event, (...given) => this.tell(who, event, facts(event, given)))
  }

  #counts () {
    const count = lists => Object.values(lists).reduce((sum, list) => sum + /** @type {any[]} */ (list).length, 0)
    return `${count(this.agent.sockets)}/${count(this.agent.freeSockets)}/${count(this.agent.requests)}`
  }
}

/** @param {any} res */
function headOf (res) {
  return { status: res.statusCode, message: res.statusMessage, version: res.httpVersion, raw: res.rawHeaders, upgrade: res.upgrade }
}

/** @param {any} error */
function errorFacts (error) {
  if (error === null || typeof error !== 'object') return String(error)
  return Object.fromEntries(ERROR_FACTS.filter(fact => error[fact] !== undefined).map(fact => [fact, error[fact]]))
}

/** @param {unknown} fact */
function shown (fact) {
  return JSON.stringify(fact) ?? String(fact)
}

module.exports = { Transcript, errorFacts }
