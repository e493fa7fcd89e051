'use strict'

// What differs from the platform's fetch and is meant to. A line that is not needed any more is a failure, unless it is there
// for some versions of Node only.

/**
 * @typedef {object} Difference
 * @property {string} reason
 * @property {RegExp} of the cases, as `group: name`
 * @property {(outcome: any) => any} level takes the difference out of an outcome of either side
 * @property {boolean} [inSomeVersions] of Node only
 * @property {boolean} [inJest] only, where the code of a test is in a realm of its own
 */

const ANYTHING = /^/
const EITHER = () => 'either'

/**
 * An outcome with each error in it looked at.
 * @param {(error: any) => any} change
 * @returns {(outcome: any) => any}
 */
function errors (change) {
  const level = (/** @type {any} */ value) => {
    if (Array.isArray(value)) return value.map(level)
    if (typeof value !== 'object' || value === null) return value
    const inner = Object.fromEntries(Object.entries(value).map(([key, one]) => [key, level(one)]))
    return 'name' in inner && 'message' in inner ? change(inner) : inner
  }
  return level
}

/** @param {string[]} names */
const withoutHeaders = names => (/** @type {any} */ outcome) => {
  const from = (/** @type {any} */ value) => value?.headers === undefined ? value : { ...value, headers: value.headers.filter((/** @type {string[]} */ [name]) => !names.includes(String(name))) }
  return { ...outcome, value: Array.isArray(outcome.value) ? outcome.value.map(from) : from(outcome.value) }
}

/** @param {...string} codes */
const said = (...codes) => errors(error => codes.includes(error.code) ? { ...error, name: '', message: '', code: codes[0] } : error)

/** @type {Difference[]} */
const differences = [
  {
    reason: 'an error of the engine has a class of its own, which carries phase and origin',
    of: ANYTHING,
    level: errors(error => error.name === 'PoolError' ? { ...error, name: 'Error' } : error)
  },
  {
    reason: "a connection that ends has Node's code and not that of undici",
    of: /hangs up|body that is cut/,
    level: said('ECONNRESET', 'UND_ERR_SOCKET')
  },
  {
    reason: "what is wrong with a reply is said in other words, with the code of Node's parser or zlib",
    of: /speaks no HTTP|coding that is wrong/,
    // From Node 24 on the parser's code is not passed on.
    level: errors(({ name, message, code, ...rest }) => name === 'TypeError' ? { name, message, ...rest } : {})
  },
  {
    reason: 'of a reply without a body the platform does not say what is wrong with its integrity, and Node 20 and 22 trip over one without a digest',
    of: /integrity (of a reply without a body|without a digest)/,
    level: errors(({ name, message }) => message === 'fetch failed' ? { name, message } : {})
  },
  {
    reason: 'a redirect to what is no URL is told without the URLs, which the platform shows whole with the secrets of their queries',
    of: /redirects: to no URL/,
    level: said('ERR_INVALID_URL')
  },
  {
    reason: 'what is refused is told without the credentials, the query and the header that the platform shows whole',
    of: /^(?:input|headers|init): /,
    level: errors(error => ({
      ...error,
      message: error.message
        .replace(/(?<=that includes credentials: ).*/, '')
        .replace(/(?<=^Headers\.\w+: ").*(?=" is an invalid header (?:name|value)\.$)/s, '')
        .replace(/(?<=headers\[\d+\] \(").*(?="\) is not iterable\.$)/s, '')
    }))
  },
  {
    reason: 'a chunk that is no text and no bytes is named in other words, with the same code',
    of: /stream of numbers/,
    level: said('ERR_INVALID_ARG_TYPE')
  },
  {
    reason: 'another object than a Response is refused in the words of V8',
    of: /called on another object/,
    level: errors(({ name }) => ({ name }))
  },
  {
    reason: 'the platform gives a connection up after a HEAD, and the pool keeps it',
    of: /HEAD|method head/,
    level: withoutHeaders(['connection', 'keep-alive'])
  },
  {
    reason: 'proxy-connection is refused: the connection is the pool\'s own',
    of: /proxy-connection/,
    level: EITHER
  },
  {
    reason: 'a stream that ends at once goes out as no chunks, not as a length of 0: nothing waits for its first chunk',
    of: /empty ReadableStream/,
    level: outcome => ({ ...withoutHeaders(['content-length'])(outcome), value: { ...outcome.value, headers: [], text: '' } })
  },
  {
    reason: 'a reason phrase beyond ASCII is lost: hyper has none such',
    of: /the reason 'ä'/,
    level: outcome => ({ value: { ...outcome.value, statusText: '' } })
  },
  {
    reason: "the body of an aborted call fails with the signal's own reason, whatever it is and whenever it is read",
    of: /^aborts: .*(?:before the body is read|(?:zero|null), during (?:text|a read))/,
    level: EITHER
  },
  {
    reason: "to the platform an error of a Jest file's realm is none, and it wraps it",
    of: /(?:stream|generator) that (?:breaks|throws)/,
    level: errors(error => /mine$/.test(error.message) ? { message: 'mine' } : error),
    inJest: true
  },
  {
    reason: 'a connection header that is neither close nor keep-alive is refused; from Node 24 on the platform leaves it out',
    of: /connection: upgrade/,
    level: EITHER,
    inSomeVersions: true
  },
  {
    reason: 'in Node 26 the platform locks a stream later',
    of: /a stream, which is locked then/,
    level: ({ value }) => value[1],
    inSomeVersions: true
  },
  {
    reason: 'from Node 22 on a Response cannot be cloned as data, which only the platform can say of an object',
    of: /a structured clone/,
    level: EITHER,
    inSomeVersions: true
  },
  {
    reason: 'port 0 is one of the bad ports since 2024',
    of: /port zero/,
    level: EITHER,
    inSomeVersions: true
  },
  {
    reason: 'the platform sends a referrer that no-referrer forbids',
    of: /no-referrer/,
    level: EITHER,
    inSomeVersions: true
  },
  {
    reason: 'the platform loses a header called __proto__',
    of: /headers: a name of a prototype$/,
    level: EITHER,
    inSomeVersions: true
  },
  {
    reason: 'the platform has detached the bytes that it would send on',
    of: /bodies: (?:bytes|a Buffer|a part of bytes|an ArrayBuffer|a DataView|a Uint16Array), sent on/,
    level: EITHER,
    inSomeVersions: true
  },
  {
    reason: 'the platform sends a form on with another boundary than its header names',
    of: /FormData, sent on/,
    level: EITHER,
    inSomeVersions: true
  },
  {
    reason: 'the platform takes half of a compressed body for the whole',
    of: /coding that breaks off/,
    level: EITHER,
    inSomeVersions: true
  }
]

module.exports = { differences }
