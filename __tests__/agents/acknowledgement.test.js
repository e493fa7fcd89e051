'use strict'

const { Acknowledgement } = require('../../lib/agent/acknowledgement')

const WINDOW = 512 * 1024

/** @param {(acknowledgement: Acknowledgement, told: unknown[]) => void} act */
function toldBy (act) {
  /** @type {unknown[]} */ const told = []
  act(new Acknowledgement(), told)
  return told
}

test('a write within 512 KiB is told to be written at once', () => {
  expect(toldBy((acknowledgement, told) => acknowledgement.write(WINDOW, error => told.push(error)))).toEqual([undefined])
})

test('a write beyond 512 KiB is told when so much of it is the kernel\'s', () => {
  expect(toldBy((acknowledgement, told) => {
    acknowledgement.write(WINDOW + 2, () => told.push('written'))
    acknowledgement.onTaken(WINDOW + 1, WINDOW + 2)
    told.push('nearly')
    acknowledgement.onTaken(WINDOW, WINDOW + 2)
    acknowledgement.onTaken(0, WINDOW + 2)
  })).toEqual(['nearly', 'written'])
})

test('an end waits for the last byte', () => {
  expect(toldBy((acknowledgement, told) => {
    acknowledgement.finish(2, () => told.push('finished'))
    acknowledgement.onTaken(1, WINDOW + 2)
    told.push('nearly')
    acknowledgement.onTaken(0, WINDOW + 2)
    acknowledgement.onTaken(0, WINDOW + 2)
  })).toEqual(['nearly', 'finished'])
})

test('an end behind which nothing is outstanding waits for nothing', () => {
  expect(toldBy((acknowledgement, told) => acknowledgement.finish(0, () => told.push('finished')))).toEqual(['finished'])
})

test('who asks when every byte is taken hears it then', () => {
  expect(toldBy((acknowledgement, told) => {
    acknowledgement.whenTaken(1, () => told.push('taken'))
    told.push('not yet')
    acknowledgement.onTaken(0, WINDOW + 2)
  })).toEqual(['not yet', 'taken'])
})

test('a write that is owed says so until it is told', () => {
  expect(toldBy((acknowledgement, told) => {
    told.push(acknowledgement.isOwed)
    acknowledgement.write(WINDOW + 1, () => {})
    told.push(acknowledgement.isOwed)
    acknowledgement.onTaken(0, WINDOW + 2)
    told.push(acknowledgement.isOwed)
  })).toEqual([false, true, false])
})

test('what is taken back is an error to its writer, once', () => {
  expect(toldBy((acknowledgement, told) => {
    acknowledgement.write(WINDOW + 1, error => told.push(/** @type {any} */ (error)?.code))
    acknowledgement.takeBack()
    acknowledgement.takeBack()
  })).toEqual(['ECANCELED'])
})

test('what was waited for in an exchange that is over is not told in the next', () => {
  expect(toldBy((acknowledgement, told) => {
    acknowledgement.whenTaken(2, () => told.push('taken'))
    acknowledgement.end()
    acknowledgement.onTaken(0, 2)
  })).toEqual([])
})
