'use strict'

const { countCargo, countJest, judge } = require('../../scripts/steps')

test('the tests of every binary that cargo ran are summed', () => {
  const output = [
    'test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s',
    'test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s'
  ].join('\n')
  expect(countCargo(output)).toEqual({ passed: 15, failed: 2 })
})

test.each([
  ['Tests:       7 passed, 7 total', { passed: 7, failed: 0 }],
  ['Tests:       1 failed, 2 skipped, 4 passed, 7 total', { passed: 4, failed: 1 }],
  ['Test Suites: 1 failed, 1 total', { passed: 0, failed: 0 }]
])('of Jest only the line of tests is counted: %s', (line, tally) => {
  expect(countJest(`Test Suites: 3 passed, 3 total\n${line}\nTime: 1 s`)).toEqual(tally)
})

test('a step without tests counts as one', () => {
  expect(judge(0)).toEqual({ passed: 1, failed: 0 })
  expect(judge(2)).toEqual({ passed: 0, failed: 1 })
})

test('a step that fails without a failed test is a failure', () => {
  expect(judge(101, { passed: 5, failed: 0 })).toEqual({ passed: 5, failed: 1 })
})

test('a step that ran no test is a failure', () => {
  expect(judge(0, { passed: 0, failed: 0 })).toEqual({ passed: 0, failed: 1 })
})
