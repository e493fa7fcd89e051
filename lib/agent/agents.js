'use strict'

const { isIPv6 } = require('node:net')
const { INSIDE } = require('../inside')
const { NumberedOrigins, Numbers } = require('../numbered-origins')
const { destroyed, draining } = require('../refusals')
const tls = require('../tls')
const { PooledHttpAgent, PooledHttpsAgent } = require('./agent')
const { given } = require('../given')
const { forNode } = require('../node-tls-options')
const { Parked } = require('./parked')
const { Routes } = require('./routes')
const { wayOf } = require('./way')
const { configsOf } = require('../host-pools')

/** The ring's, so that no two pools of one ring name the same. */
const numbers = new Numbers()

/**
 * A pool, as far as its agents need it.
 * @typedef {object} Source
 * @property {any} config
 * @property {import('../native').RingType} ring
 * @property {(scheme: 'http' | 'https', asked: import('./asked').AskedType) => import('./routes').Route | null} route where a request goes, for a raw lease;
 *   null: only Node can make such a connection
 * @property {(options: any) => number | null} bareDestination the number of where a request goes over whose connection Node speaks TLS
 * @property {(options: any) => { ms: number, origin: string, host: string }} connectLimit of a connection that Node speaks TLS over
 * @property {(scheme: 'http' | 'https', options: any) => boolean} goesByProxy whether Node's own connection would go past a proxy
 * @property {(scheme: 'http' | 'https', options: any) => Record<string, any>} completed with the pool's options for the connection where there are none
 * @property {(scheme: 'http' | 'https', asked: import('./asked').AskedType) => void} closeIdle closes an idle connection to there, if there is one
 * @property {(scheme: 'http' | 'https') => void} closeAllIdle closes what is idle of all places that were asked for
 * @property {import('../observe/events').PoolEvents} events
 * @property {import('../flights').Flights} flights
 * @property {Parked} parked
 * @property {() => Error | null} refusal why no request is taken on any more; null: it is
 * @property {() => boolean} isDestroyed
 */

/**
 * @typedef {object} Destination
 * @property {number} number by which the engine knows it
 * @property {number} own a user of its own, to be forgotten with it; 0: none
 * @property {number} user who is asked when a connection is made; 0: nobody
 * @property {boolean} isKnown false: the engine cannot make such a connection
 * @property {boolean} isForgotten the engine knows it no more; asked for again, it may have another number
 */

/**
 * The two agents of a pool and the origins that they have asked for.
 */
class Agents {
  /** @type {import('../native').RingType} */ #ring
  /** @type {number} */ #pool
  /** @type {(host: string, port: number) => number} */ #sectionOf
  /** @type {import('../proxy/proxies').Proxies} */ #proxies
  /** @type {NumberedOrigins<Destination>} */ #origins
  /** @type {any} */ #config
  /** @type {import('../consulted').Consulted} */ #consulted
  /** By section. @type {any[] | undefined} */ #configs
  #routes = { http: new Routes(false), https: new Routes(true) }
  #destroyed = false
  #unparking = false

  /**
   * @param {import('../pool').ConnectionPoolManager} owner
   * @param {number} pool its number
   * @param {(host: string, port: number) => number} sectionOf under which of the pool's sections an origin is
   * @param {import('../proxy/proxies').Proxies} proxies
   * @param {import('../consulted').Consulted} consulted
   */
  constructor (owner, pool, sectionOf, proxies, consulted) {
    const { ring, events, flights } = owner[INSIDE]
    const { config } = owner
    this.#ring = ring
    this.#pool = pool
    this.#sectionOf = sectionOf
    this.#proxies = proxies
    this.#consulted = consulted
    this.#origins = new NumberedOrigins(numbers, (_, known) => this.#forget(known))
    this.#config = config
    const source = {
      config,
      ring,
      events,
      flights,
      parked: new Parked(config.maxSockets),
      refusal: () => this.#destroyed || ring.isEnded ? destroyed() : flights.areClosed ? draining() : null,
      route: this.#route.bind(this),
      bareDestination: this.#bareDestination.bind(this),
      connectLimit: this.#connectLimit.bind(this),
      closeIdle: this.#closeIdle.bind(this),
      closeAllIdle: this.#closeAllIdle.bind(this),
      goesByProxy: this.#goesByProxy.bind(this),
      completed: this.#completed.bind(this),
      isDestroyed: () => this.#destroyed || ring.isEnded
    }
    this.http = new PooledHttpAgent(source)
    this.https = new PooledHttpsAgent(source)
  }

  /**
   * Where a request goes, and how.
   * @param {'http' | 'https'} scheme
   * @param {import('./asked').AskedType} asked
   * @returns {import('./routes').Route | null} null: the engine cannot make such a connection
   */
  #route (scheme, asked) {
    const routes = this.#routes[scheme]
    const known = routes.get(asked)
    if (known?.destination.isForgotten === false) {
      this.#follow(known.destination)
      return known
    }
    const { section, place, proxy } = this.#place(scheme, asked.whole)
    const found = this.#known(place, section, wayOf(asked.whole, scheme === 'https', this.#configOf(section), proxy !== 0))
    if (found !== null) routes.keep(asked, found)
    return found
  }

  /**
   * @param {'http' | 'https'} scheme
   * @param {import('./asked').AskedType} asked
   */
  #closeIdle (scheme, asked) {
    if (this.#unparking) return
    const route = this.#route(scheme, asked)
    if (route !== null) this.#ring.closeRaw(route.number, false)
  }

  /**
   * Also those for which no parked socket stands, which were dialled for a request that took another.
   * @param {'http' | 'https'} scheme
   */
  #closeAllIdle (scheme) {
    if (this.#destroyed) return
    for (const [place, { number }] of this.#origins) if (place.startsWith(`${scheme}\n`)) this.#ring.closeRaw(number, true)
  }

  /**
   * As `#route`, of a request over whose connection Node speaks TLS; its number alone.
   * @param {any} options
   */
  #bareDestination (options) {
    const { section, place } = this.#place('https', options)
    const way = wayOf(options, false, this.#configOf(section))
    // A socket that the request brings is what TLS is spoken over.
    if (way === undefined || options.socket) return null
    const input = way?.input ?? { looksUp: false, checks: false }
    const route = this.#known(place, section, { key: `${way?.key ?? ''}\nbare`, input: { ...input, bare: true }, functions: way?.functions })
    return route?.number ?? null
  }

  /** @param {any} options */
  #connectLimit (options) {
    const { host, port, section } = this.#place('https', options)
    return { ms: this.#configOf(section).connectTimeout, host: String(options.host ?? 'localhost'), origin: `https://${isIPv6(host) ? `[${host}]` : host}:${port}` }
  }

  /**
   * @param {'http' | 'https'} scheme
   * @param {any} options
   */
  #place (scheme, options) {
    // The name of an interface, as in fe80::1%Ethernet, is no part of a host's.
    const host = String(options.host ?? 'localhost').replace(/^[^%]*/, name => name.toLowerCase()).replace(/^\[(.*)\]$/, '$1')
    const port = Number(options.port ?? (scheme === 'https' ? 443 : 80))
    const section = this.#sectionOf(host, port)
    const proxy = this.#proxies.of(scheme, host, port, section)
    return { place: `${scheme}\n${host}\n${port}${proxy === 0 ? '' : `\n${proxy}`}`, section, proxy, host, port }
  }

  /**
   * @param {'http' | 'https'} scheme
   * @param {any} options
   */
  #goesByProxy (scheme, options) {
    return !options.socketPath && this.#place(scheme, options).proxy !== 0
  }

  /**
   * @param {string} place
   * @param {number} section
   * @param {import('./way').Way | null | undefined} way
   * @returns {import('./routes').Route | null}
   */
  #known (place, section, way) {
    if (way === undefined) return null
    const text = way === null ? place : `${place}\n${way.key}`
    const known = this.#origins.get(text) ?? this.#origins.add(text, number => this.#name(number, section, place, way))
    this.#follow(known)
    return known.isKnown ? { number: known.number, destination: known, name: null } : null
  }

  /** @param {{ user: number }} destination */
  #follow ({ user }) {
    if (user !== 0) this.#ring.users.follow(user)
  }

  /**
   * @param {number} number
   * @param {number} section
   * @param {string} place
   * @param {import('./way').Way | null} way
   * @returns {Destination}
   */
  #name (number, section, place, way) {
    if (place.startsWith('https')) tls.ensureRoots()
    const { functions, input = undefined } = way ?? {}
    const own = functions === undefined ? 0 : this.#ring.users.add(functions)
    const named = input === undefined || own === 0 ? input : { ...input, user: own }
    const isKnown = this.#ring.nameRaw(number, this.#pool, section, place, named)
    return { number, own, user: own === 0 ? this.#consulted.of(section) : own, isKnown, isForgotten: false }
  }

  /** @param {Destination} destination */
  #forget (destination) {
    destination.isForgotten = true
    this.#ring.forgetRaw(destination.number)
    this.#ring.users.forget(destination.own)
  }

  /**
   * A request's options for its connection, with what the pool says where it says nothing itself.
   * @param {'http' | 'https'} scheme
   * @param {any} options
   * @returns {Record<string, any>}
   */
  #completed (scheme, options) {
    const { tls: own, lookup, localAddress, family, socketPath } = this.#configOf(this.#place(scheme, options).section)
    // The agent has put the host's name where none was given.
    const isGiven = (/** @type {string} */ name) => (options[name] ?? undefined) !== undefined && !(name === 'servername' && options.servername === options.host)
    const systemCa = options.ca === undefined ? own?.systemCa : undefined
    const pools = { ...(scheme === 'https' ? { ...own, systemCa } : {}), ...given({ lookup, localAddress, family: family || undefined, socketPath }) }
    const completed = { ...options, ...Object.fromEntries(Object.entries(pools).filter(([name]) => !isGiven(name))) }
    return forNode(completed.socketPath ? { ...completed, path: completed.socketPath } : completed)
  }

  /** @param {number} section */
  #configOf (section) {
    this.#configs ??= configsOf(this.#config)
    return this.#configs[section]
  }

  /** What is in flight fails, what is parked ends, what comes is refused. */
  destroy () {
    this.#destroyed = true
    this.#origins.clear()
    this.#routes.http.clear()
    this.#routes.https.clear()
    this.unpark()
  }

  /** Ends what is parked. It owns nothing; the idle connections that it stands for are closed by whoever calls this. */
  unpark () {
    this.#unparking = true
    for (const agent of [this.http, this.https]) {
      for (const sockets of Object.values(agent.freeSockets)) for (const socket of /** @type {any[]} */ ([...sockets])) socket.destroy()
    }
    this.#unparking = false
  }
}

module.exports = { Agents }
