'use strict'

const { Parked } = require('../../lib/agent/parked')

/** A socket that a chain of three parks, and whoever leaves it. */
function parking (most) {
  const agent = { freeSockets: {} }
  const parked = new Parked(most)
  /** @type {string[]} */ const ended = []
  const socket = name => {
    const self = { name, place: { isTaken: false, older: null, newer: null }, on () {}, removeListener () {}, destroy: () => ended.push(name), carriage: { unpark: () => parked.remove(agent, 'place', self) } }
    return self
  }
  return { ended, socket, add: one => parked.add(agent, 'place', one), remove: one => parked.remove(agent, 'place', one) }
}

test('beyond as many as there may be the oldest end, one after the other', () => {
  const { ended, socket, add } = parking(2)
  for (const name of ['a', 'b', 'c', 'd']) add(socket(name))
  expect(ended).toEqual(['a', 'b'])
})

test.each([
  ['oldest', 0, ['b', 'c']],
  ['one between', 1, ['a', 'c']],
  ['newest', 2, ['a', 'b']]
])('when the %s leaves, the others keep their order', (_, at, order) => {
  const { ended, socket, add, remove } = parking(3)
  const sockets = ['a', 'b', 'c'].map(socket)
  sockets.forEach(add)
  remove(sockets[at])
  remove(sockets[at])
  for (const name of ['x', 'y', 'z']) add(socket(name))
  expect(ended).toEqual(order)
  expect(sockets[at].place).toEqual({ isTaken: false, older: null, newer: null })
})

test('one that comes back is the newest', () => {
  const { ended, socket, add, remove } = parking(2)
  const [a, b] = ['a', 'b'].map(socket)
  for (const one of [a, b]) add(one)
  remove(a)
  add(a)
  add(socket('c'))
  expect(ended).toEqual(['b'])
})
