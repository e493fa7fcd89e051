'use strict'

/**
 * Hears that a request is destroyed that has no socket yet: Node's client says nothing of it before the request's turn has come. It
 * is asked on the request itself, where an AbortSignal and `abort()` ask too.
 * @param {any} req
 * @param {() => void} hear once; behind what Node does
 * @returns {() => void} leaves the request as it was
 */
function whenGivenUp (req, hear) {
  const before = Object.getOwnPropertyDescriptor(req, 'destroy')
  const { destroy } = req
  const leave = () => {
    if (req.destroy !== heard) return
    if (before === undefined) delete req.destroy
    else Object.defineProperty(req, 'destroy', before)
  }
  /** @this {any} @param {any[]} given */
  function heard (...given) {
    leave()
    const result = Reflect.apply(destroy, this, given)
    hear()
    return result
  }
  Object.defineProperty(req, 'destroy', { value: heard, configurable: true, writable: true, enumerable: false })
  return leave
}

module.exports = { whenGivenUp }
