'use strict'

const http = require('node:http')
const https = require('node:https')
const { Asked } = require('../../lib/agent/asked')
const { Routes, decidingOf } = require('../../lib/agent/routes')

const ROUTE = { number: 1, destination: { isForgotten: false, user: 0 }, name: null }
/** A request that names no host of its own. */
const REQUEST = { getHeader () {} }

const asked = (given, own = { __proto__: null }) => new Asked(REQUEST, { host: 'a.test', port: 80, ...given }, own)

describe.each([['http', false], ['https', true]])('routes of %s', (scheme, isSecure) => {
  function kept (given) {
    const routes = new Routes(isSecure)
    routes.keep(asked(given), ROUTE)
    return routes
  }

  test('a request with equal options goes the same way', () => {
    expect(kept({ family: 4, timeout: 1 }).get(asked({ family: 4, timeout: 2 }))).toBe(ROUTE)
  })

  test.each(['host', 'port', ...isSecure ? ['servername'] : [], ...decidingOf(isSecure)])('one with another %s is looked at anew', name => {
    expect(kept({ [name]: 'one' }).get(asked({ [name]: 'another' }))).toBeUndefined()
    expect(kept({}).get(asked({ [name]: 'another' }))).toBeUndefined()
    expect(kept({ [name]: 'one' }).get(asked({ [name]: undefined }))).toBeUndefined()
  })

  test('requests to several origins by turns are each sent their own way, until all are forgotten', () => {
    const routes = kept({})
    const other = { ...ROUTE, number: 2 }
    routes.keep(asked({ port: 81 }), other)
    const ways = () => [80, 81, 81, 80].map(port => routes.get(asked({ port })))
    expect(ways()).toEqual([ROUTE, other, other, ROUTE])
    routes.clear()
    expect(ways()).toEqual([undefined, undefined, undefined, undefined])
  })

  test('what can be changed in place is looked at each time', () => {
    const family = [4]
    expect(kept({ family }).get(asked({ family }))).toBeUndefined()
  })

  test("the agent's own options count as the request's, and before them", () => {
    const routes = kept({ family: 4 })
    expect(routes.get(asked({ family: 6 }, { __proto__: null, family: 4 }))).toBe(ROUTE)
    expect(routes.get(asked({ family: 4 }, { __proto__: null, family: 6 }))).toBeUndefined()
  })

  test("all that Node's getName() reads is among what decides", () => {
    const { Agent } = scheme === 'http' ? http : https
    const read = [...Agent.prototype.getName.toString().matchAll(/options\??\.(\w+)/g)].map(([, name]) => name)
    expect(read.length).toBeGreaterThan(1)
    const known = new Set(['host', 'port', 'servername', ...decidingOf(isSecure), ...decidingOf(false)])
    expect(read.filter(name => !known.has(name))).toEqual([])
  })
})

describe('what a request asks of its agent', () => {
  test('is whole as Node puts it together', () => {
    const whole = asked({ host: 'b.test', family: 4, path: '/x' }, { __proto__: null, family: 6, path: null, socketPath: '/run/x' }).whole
    expect({ ...whole }).toEqual({ host: 'b.test', port: 80, family: 6, path: '/run/x', socketPath: '/run/x', servername: 'b.test' })
    expect(Object.getPrototypeOf(whole)).toBeNull()
  })

  test('is put together once', () => {
    const one = asked({})
    expect(one.whole).toBe(one.whole)
  })

  test('has nothing of what everybody inherits', () => {
    expect(asked({}).of('constructor')).toBeUndefined()
  })
})
