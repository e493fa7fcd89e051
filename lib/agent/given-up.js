'use strict'

/**
 * Hears that a request is destroyed that has no socket yet: Node's client says nothing of it before the request's turn has come. It
 * is asked on the request itself, where an AbortSignal and `abort()` ask too.
 * @param {any} req
 * @param {() => void} hear once; behind what Node does
 * @returns {() => void} leaves the request as it was, or, where another has put his own round it since, deaf
 */
function whenGivenUp (req, hear) {
  const before = Object.getOwnPropertyDescriptor(req, 'destroy')
  const { destroy } = req
  let isOver = false
  const leave = () => {
    isOver = true
    if (req.destroy !== heard) return
    if (before === undefined) delete req.destroy
    else Object.defineProperty(req, 'destroy', before)
  }
  /** @this {any} @param {any[]} given */
  function heard (...given) {
    const hears = !isOver
    leave()
    const result = Reflect.apply(destroy, this, given)
    if (hears) hear()
    return result
  }
  Object.defineProperty(req, 'destroy', { value: heard, configurable: true, writable: true, enumerable: false })
  return leave
}

module.exports = { whenGivenUp }
