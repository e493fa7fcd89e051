'use strict'

const { FAST, LEAST, MOST, SLOW, SPARE, STRETCH, UploadWindow } = require('../../lib/agent/upload-window')

/** @type {UploadWindow[]} */ const opened = []
afterEach(() => { for (const window of opened.splice(0)) window.end() })

/** A window, and a kernel that takes a stretch in so many times the time of a fast one. */
function upload () {
  const window = new UploadWindow()
  opened.push(window)
  let [taken, time] = [LEAST, 0]
  window.taken(taken, () => time)
  return {
    window,
    /** @param {number} times */
    takes (times) {
      taken += STRETCH
      time += STRETCH / FAST * times
      window.taken(taken, () => time)
      return window.size
    }
  }
}

test('a window grows from 512 KiB to 2 MiB while the kernel keeps up', () => {
  const { window, takes } = upload()
  expect([window.size, takes(1), takes(1), takes(1)]).toEqual([LEAST, 2 * LEAST, MOST, MOST])
})

test('a kernel less fast leaves a window as it is, and a slow one takes back what it had', () => {
  const { takes } = upload()
  expect([takes(1.01), takes(1), takes(SLOW), takes(SLOW + 0.01)]).toEqual([LEAST, 2 * LEAST, 2 * LEAST, LEAST])
})

test('what the buffers of kernel and peer take at once makes no window larger', () => {
  const { window } = upload()
  window.taken(LEAST + STRETCH - 1, () => { throw new Error('no clock is read for it') })
  expect(window.size).toBe(LEAST)
})

test('a request of less than a window reads no clock', () => {
  const window = new UploadWindow()
  window.taken(LEAST - 1, () => { throw new Error('no clock is read for it') })
  expect(window.size).toBe(LEAST)
})

test('the next exchange begins anew', () => {
  const { window, takes } = upload()
  takes(1)
  window.end()
  let reads = 0
  window.taken(2 * STRETCH, () => { reads++; return 0 })
  expect([window.size, reads]).toEqual([LEAST, 1])
})

test('all windows together have no more than 64 MiB beyond their least, and leave it to others at their end', () => {
  const most = SPARE / (MOST - LEAST)
  const uploads = Array.from({ length: Math.ceil(most) + 2 }, upload)
  const sizes = uploads.map(({ takes }) => { takes(1); return takes(1) })
  const beyond = sizes.reduce((sum, size) => sum + size - LEAST, 0)
  expect(beyond).toBeLessThanOrEqual(SPARE)
  expect(beyond).toBeGreaterThan(SPARE - MOST)
  expect(sizes.at(-1)).toBe(LEAST)
  uploads[0]?.window.end()
  expect(uploads.at(-1)?.takes(1)).toBe(2 * LEAST)
})
