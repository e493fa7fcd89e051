'use strict'

const { Worker } = require('node:worker_threads')
const { once } = require('node:events')
const path = require('node:path')

const SCRIPT = path.join(__dirname, 'worker.js')
const AT_ONCE = 2
const LIFE_MS = /** @type {const} */ ([300, 5000])
/** The share that is told to end and ends by itself; the others are terminated in the midst of everything. */
const ENDED = 0.3
/** Within which a worker that was told to end has ended. */
const PATIENCE_MS = 30_000

/** Threads with pools of their own and one in common, made and terminated at random. */
class Workers {
  /** @type {Set<Promise<void>>} */ #lives = new Set()
  #going = true
  made = 0
  requests = 0

  /**
   * @param {import('./dice').Dice} dice
   * @param {import('./stage').Stage} stage
   * @param {(sentence: string) => void} fault
   */
  constructor (dice, stage, fault) {
    this.dice = dice
    this.stage = stage
    this.fault = fault
  }

  /** Keeps as many going as there should be. */
  tend () {
    if (!this.#going) return
    while (this.#lives.size < AT_ONCE) {
      const life = this.#live().catch(error => this.fault(`a worker: ${error.message}`)).finally(() => this.#lives.delete(life))
      this.#lives.add(life)
    }
  }

  async #live () {
    const { dice, stage } = this
    this.made++
    // A look-up is a function, which no other thread can be given; the system's would ask beyond this machine.
    const { fickle: _ours, ...faulty } = stage.faulty
    const worker = new Worker(SCRIPT, {
      workerData: { seed: dice.split(), origins: Object.values(stage.origins), faulty: Object.values(faulty), faults: stage.faults, ca: stage.certificates }
    })
    const ended = once(worker, 'exit')
    worker.on('error', error => this.fault(`a worker threw: ${error.stack}`))
    worker.on('message', message => {
      if (message.fault) this.fault(`a worker: ${message.fault}`)
      else this.requests += message.settled
    })
    const isGentle = dice.chance(ENDED)
    await Promise.race([ended, new Promise(resolve => { this.#cut(resolve, dice.between(...LIFE_MS)) })])
    if (isGentle) {
      worker.postMessage('end')
      const late = setTimeout(() => this.fault('a worker that was told to end has not'), PATIENCE_MS)
      await ended
      clearTimeout(late)
    } else {
      await worker.terminate()
    }
  }

  /** @type {Set<() => void>} */ #cuts = new Set()

  /** @param {(value?: unknown) => void} end @param {number} afterMs */
  #cut (end, afterMs) {
    const cut = () => {
      clearTimeout(timer)
      this.#cuts.delete(cut)
      end()
    }
    const timer = setTimeout(cut, afterMs)
    this.#cuts.add(cut)
  }

  /** Lets all end, and makes none meanwhile. */
  async clear () {
    this.#going = false
    for (const cut of [...this.#cuts]) cut()
    await Promise.all(this.#lives)
    this.#going = true
  }
}

module.exports = { Workers }
