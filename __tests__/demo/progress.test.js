'use strict'

const { PassThrough } = require('node:stream')
const { startProgress } = require('../../examples/demo/progress')

function shown (output) {
  const progress = startProgress('Embedding', 4, output)
  progress.advance(3)
  progress.advance(1)
  progress.stop()
  return String(output.read())
}

test('where there is no terminal the progress is one plain line', () => {
  expect(shown(new PassThrough())).toBe('Embedding 4/4\n')
})

test('on a terminal it is a bar', () => {
  const terminal = Object.assign(new PassThrough(), {
    isTTY: true, columns: 80, cursorTo () {}, clearLine () {}, moveCursor () {}
  })
  expect(shown(terminal)).toMatch(/Embedding █+.* 4\/4/)
})
