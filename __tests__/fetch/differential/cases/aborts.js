'use strict'

const { shownError } = require('../play')

/** @typedef {import('../play').Case} Case */

/** @param {() => any} run */
async function attempt (run) {
  try {
    return await run()
  } catch (error) {
    return shownError(error)
  }
}

/** How a signal comes to fire. @type {Record<string, (abort: AbortController) => void>} */
const reasons = {
  'no reason': abort => abort.abort(),
  'an error': abort => abort.abort(new RangeError('mine')),
  'a string': abort => abort.abort('mine'),
  null: abort => abort.abort(null),
  zero: abort => abort.abort(0),
  'a DOMException': abort => abort.abort(new DOMException('mine', 'TimeoutError'))
}

/** @type {Record<string, Case>} */
const cases = {}

for (const [name, fire] of Object.entries(reasons)) {
  cases[`${name}, beforehand`] = ({ fetch, url }) => {
    const abort = new AbortController()
    fire(abort)
    return attempt(() => fetch(`${url}/echo`, { signal: abort.signal }))
  }
  cases[`${name}, at once`] = ({ fetch, url }) => {
    const abort = new AbortController()
    const call = fetch(`${url}/echo`, { signal: abort.signal })
    fire(abort)
    return attempt(() => call)
  }
  cases[`${name}, before the head`] = ({ fetch, url }) => {
    const abort = new AbortController()
    const call = fetch(`${url}/never`, { signal: abort.signal })
    setTimeout(fire, 20, abort)
    return attempt(() => call)
  }
  cases[`${name}, before the body is read`] = async ({ fetch, url }) => {
    const abort = new AbortController()
    const response = await fetch(`${url}/begun`, { signal: abort.signal })
    fire(abort)
    return [await attempt(() => response.text()), response.bodyUsed]
  }
  cases[`${name}, during text`] = async ({ fetch, url }) => {
    const abort = new AbortController()
    const response = await fetch(`${url}/begun`, { signal: abort.signal })
    const text = response.text()
    setTimeout(fire, 20, abort)
    return attempt(() => text)
  }
  cases[`${name}, during a read`] = async ({ fetch, url }) => {
    const abort = new AbortController()
    const { body } = await fetch(`${url}/begun`, { signal: abort.signal })
    const reader = body.getReader()
    await reader.read()
    const read = reader.read()
    setTimeout(fire, 20, abort)
    return [await attempt(() => read), await attempt(() => reader.closed)]
  }
  cases[`${name}, through a Request`] = ({ fetch, url }) => {
    const abort = new AbortController()
    const request = new Request(`${url}/never`, { signal: abort.signal })
    const call = fetch(request)
    setTimeout(fire, 20, abort)
    // Collected before, the platform's would follow its signal no more.
    return attempt(() => call).finally(() => request)
  }
  cases[`${name}, by AbortSignal.any`] = ({ fetch, url }) => {
    const abort = new AbortController()
    const call = fetch(`${url}/never`, { signal: AbortSignal.any([new AbortController().signal, abort.signal]) })
    setTimeout(fire, 20, abort)
    return attempt(() => call)
  }
}

Object.assign(cases, {
  'AbortSignal.abort()': ({ fetch, url }) => attempt(() => fetch(`${url}/echo`, { signal: AbortSignal.abort() })),
  'AbortSignal.timeout()': ({ fetch, url }) => attempt(() => fetch(`${url}/never`, { signal: AbortSignal.timeout(20) })),
  'AbortSignal.timeout(), during the body': async ({ fetch, url }) => {
    const response = await fetch(`${url}/begun`, { signal: AbortSignal.timeout(100) })
    return attempt(() => response.text())
  },
  'beforehand, and a wrong URL': ({ fetch }) => attempt(() => fetch('nowhere', { signal: AbortSignal.abort() })),
  'beforehand, and a scheme that is none': ({ fetch }) => attempt(() => fetch('ftp://x/', { signal: AbortSignal.abort() })),
  'beforehand, and a body, which is cancelled': async ({ fetch, url }) => {
    let reason
    const body = new ReadableStream({ cancel (given) { reason = given } })
    const failed = await attempt(() => fetch(`${url}/echo`, { method: 'POST', body, duplex: 'half', signal: AbortSignal.abort('mine') }))
    return [failed, reason]
  },
  'after the body was read': async ({ fetch, url }) => {
    const abort = new AbortController()
    const response = await fetch(`${url}/text?body=x`, { signal: abort.signal })
    const text = await response.text()
    abort.abort()
    return [text, response.bodyUsed, await attempt(() => response.text())]
  },
  'of a Request, given another signal': async ({ fetch, url }) => {
    const abort = new AbortController()
    const request = new Request(`${url}/text?body=x`, { signal: abort.signal })
    abort.abort()
    return attempt(() => fetch(request, { signal: new AbortController().signal }))
  },
  'of a Request, given null': async ({ fetch, url }) => {
    const abort = new AbortController()
    const request = new Request(`${url}/text?body=x`, { signal: abort.signal })
    abort.abort()
    return attempt(() => fetch(request, { signal: null }))
  },
  'during a clone': async ({ fetch, url }) => {
    const abort = new AbortController()
    const response = await fetch(`${url}/begun`, { signal: abort.signal })
    const twin = response.clone()
    const both = [attempt(() => response.text()), attempt(() => twin.text())]
    setTimeout(() => abort.abort(new RangeError('mine')), 20)
    return Promise.all(both)
  },
  'between two redirects': async ({ fetch, url }) => {
    const abort = new AbortController()
    const call = fetch(`${url}/moved?to=/never`, { signal: abort.signal })
    setTimeout(() => abort.abort(new RangeError('mine')), 50)
    return attempt(() => call)
  }
})

module.exports = cases
