'use strict'

const { flowing, posted, pumped } = require('./bodies')

/**
 * A client of something that looks like `fetch`.
 * @param {(url: string, init?: any) => Promise<any>} fetch
 * @param {string} origin
 * @param {'json' | 'text'} read
 * @param {object} [always] what each call has beside its own
 */
function viaFetch (fetch, origin, read, always) {
  const send = async (/** @type {string} */ path, /** @type {object | undefined} */ own) => {
    const response = await fetch(origin + path, always === undefined ? own : { ...always, ...own })
    if (response.status !== 200) throw new Error(`status ${response.status}`)
    return response
  }
  return {
    async call (/** @type {string} */ path, /** @type {string | undefined} */ body) {
      const response = await send(path, body === undefined ? undefined : posted(body))
      await response[read]()
    },
    async exchange (/** @type {string} */ method, /** @type {string} */ path, /** @type {Record<string, string>} */ headers, /** @type {string | undefined} */ body) {
      const response = await send(path, { method, headers, ...body !== undefined && { body } })
      return /** @type {Promise<string>} */ (response.text())
    },
    async upload (/** @type {string} */ path, /** @type {number} */ bytes) {
      const response = await send(path, { method: 'POST', body: Buffer.alloc(bytes, 'x') })
      const got = (await response.json()).bytes
      if (got !== bytes) throw new Error(`${got} of ${bytes} bytes arrived`)
    },
    async download (/** @type {string} */ path, /** @type {number} */ bytes) {
      const got = (await (await send(path, undefined)).arrayBuffer()).byteLength
      if (got !== bytes) throw new Error(`${got} of ${bytes} bytes arrived`)
    },
    async stream (/** @type {string} */ path, /** @type {(chunk: Uint8Array) => void} */ take) {
      const { body } = await send(path, undefined)
      await (typeof body.getReader === 'function' ? pumped(body, take) : flowing(body, take))
    }
  }
}

module.exports = { viaFetch }
