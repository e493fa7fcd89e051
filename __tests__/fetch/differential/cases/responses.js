'use strict'

const { inspect } = require('node:util')
const { shownError } = require('../play')

/** @typedef {import('../play').Case} Case */

/** @param {Promise<any>} promise */
async function outcome (promise) {
  try {
    return await promise
  } catch (error) {
    return shownError(error)
  }
}

/** @param {() => any} run */
async function attempt (run) {
  return outcome((async () => run())())
}

const READS = ['text', 'json', 'arrayBuffer', 'blob', 'formData']

/** @param {any} value */
async function plain (value) {
  if (value instanceof ArrayBuffer) return { bytes: Buffer.from(value).toString('latin1').slice(0, 50), length: value.byteLength }
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('latin1').slice(0, 50), length: value.length }
  if (value instanceof Blob) return { type: value.type, text: (await value.text()).slice(0, 50) }
  if (value instanceof FormData) return Promise.all([...value].map(async ([name, one]) => [name, typeof one === 'string' ? one : [one.name, one.type, await one.text()]]))
  return value
}

/** @type {Record<string, Case>} */
const cases = {
  'headers: combined, in order, cookies apart': async ({ fetch, url }) => {
    const { headers } = await fetch(`${url}/headers`)
    return [[...headers].filter(([name]) => name !== 'date'), headers.getSetCookie(), headers.get('set-cookie'), headers.get('X-ONE'), headers.get('none'), headers.has('vary')]
  },
  'headers cannot be changed': async ({ fetch, url }) => {
    const { headers } = await fetch(`${url}/headers`)
    return [await attempt(() => headers.set('a', 'b')), await attempt(() => headers.append('a', 'b')), await attempt(() => headers.delete('x-one')), await attempt(() => headers.set('', 'b'))]
  },
  'headers copy': async ({ fetch, url }) => {
    const { headers } = await fetch(`${url}/headers`)
    const copy = new Headers(headers)
    copy.set('a', 'b')
    return [headers instanceof Headers, copy.get('a'), copy.getSetCookie(), Object.prototype.toString.call(headers)]
  },
  'the same object each time': async ({ fetch, url }) => {
    const response = await fetch(`${url}/text`)
    const { headers, body } = response
    return [response.headers === headers, response.body === body]
  },
  'what it is': async ({ fetch, url }) => {
    const response = await fetch(`${url}/text`)
    return [response instanceof Response, response.constructor === Response, Object.prototype.toString.call(response), Object.keys(response), JSON.stringify(response),
      Object.getOwnPropertyNames(response), String(response), response.body instanceof ReadableStream]
  },
  'what inspect shows': async ({ fetch, url }) => inspect(await fetch(`${url}/status?code=204`)).replace(/ {2}date: .*\n/, '').replace(/ *date:.*\n/, ''),
  'its members by for in': async ({ fetch, url }) => {
    const names = []
    for (const name in await fetch(`${url}/text`)) names.push(name)
    return names.filter(name => name !== 'bytes' && name !== 'textStream').sort()
  },
  'members cannot be assigned': async ({ fetch, url }) => {
    const response = await fetch(`${url}/text`)
    return [await attempt(() => { response.status = 5 }), await attempt(() => { response.body = null }), response.status]
  },
  'a structured clone': async ({ fetch, url }) => attempt(async () => Object.keys(structuredClone(await fetch(`${url}/text`)))),
  'new Response of it': async ({ fetch, url }) => {
    const response = await fetch(`${url}/text`)
    return [await new Response(response.body, response).text(), response.bodyUsed]
  },
  'clone, both read': async ({ fetch, url }) => {
    const response = await fetch(`${url}/text`)
    const twin = response.clone()
    return [twin instanceof Response, twin.url === response.url, twin.status, twin.headers.get('content-type'), twin.headers === response.headers, await twin.text(), response.bodyUsed, await response.text()]
  },
  'clone of a large body': async ({ fetch, url }) => {
    const response = await fetch(`${url}/bytes?n=3000000`)
    const twin = response.clone()
    const [one, two] = await Promise.all([response.arrayBuffer(), twin.text()])
    return [one.byteLength, two.length]
  },
  'clone of a clone': async ({ fetch, url }) => {
    const twin = (await fetch(`${url}/pieces`)).clone().clone()
    return twin.text()
  },
  'what is written over in the half of a clone': async ({ fetch, url }) => {
    const response = await fetch(`${url}/pieces`)
    const twin = response.clone()
    for await (const chunk of response.body) chunk.fill(42)
    return twin.text()
  },
  'what is written over in the half of a clone of a clone': async ({ fetch, url }) => {
    const response = await fetch(`${url}/pieces`)
    const twin = response.clone()
    const third = twin.clone()
    for await (const chunk of twin.body) chunk.fill(42)
    return [await response.text(), await third.text()]
  },
  'clone after reading': async ({ fetch, url }) => {
    const response = await fetch(`${url}/text`)
    await response.text()
    return response.clone()
  },
  'clone while locked': async ({ fetch, url }) => {
    const response = await fetch(`${url}/text`)
    response.body.getReader()
    return response.clone()
  },
  'clone without a body': async ({ fetch, url }) => {
    const twin = (await fetch(`${url}/status?code=204`)).clone()
    return [twin.body, await twin.text(), twin.bodyUsed]
  },
  tee: async ({ fetch, url }) => {
    const response = await fetch(`${url}/pieces`)
    const [one, two] = response.body.tee()
    return [response.bodyUsed, response.body.locked, await new Response(one).text(), await new Response(two).text(), response.bodyUsed, await attempt(() => response.text())]
  },
  'a reader, piece by piece': async ({ fetch, url }) => {
    const response = await fetch(`${url}/pieces`)
    const used = [response.bodyUsed]
    const reader = response.body.getReader()
    used.push(response.bodyUsed)
    const first = reader.read()
    used.push(response.bodyUsed)
    let text = ''
    for (let read = await first; !read.done; read = await reader.read()) text += Buffer.from(read.value)
    await reader.closed
    return [used, text, response.bodyUsed, response.body.locked]
  },
  'a reader let go unread': async ({ fetch, url }) => {
    const response = await fetch(`${url}/text`)
    response.body.getReader().releaseLock()
    return [response.bodyUsed, await response.text()]
  },
  'reading while locked': async ({ fetch, url }) => {
    const response = await fetch(`${url}/text`)
    response.body.getReader()
    return [await attempt(() => response.text()), response.bodyUsed]
  },
  'reading what was read from': async ({ fetch, url }) => {
    const response = await fetch(`${url}/text`)
    const reader = response.body.getReader()
    await reader.read()
    reader.releaseLock()
    return [response.bodyUsed, await attempt(() => response.text())]
  },
  'a reader after text': async ({ fetch, url }) => {
    const response = await fetch(`${url}/text`)
    await response.text()
    return [response.body.locked, await attempt(() => response.body.getReader())]
  },
  'a reader during text': async ({ fetch, url }) => {
    const response = await fetch(`${url}/pieces`)
    const text = response.text()
    return [response.bodyUsed, response.body.locked, await attempt(() => response.body.getReader()), await text]
  },
  cancel: async ({ fetch, url }) => {
    const response = await fetch(`${url}/pieces`)
    await response.body.cancel('enough')
    return [response.bodyUsed, response.body.locked, await attempt(() => response.text())]
  },
  'cancel by a reader': async ({ fetch, url }) => {
    const response = await fetch(`${url}/begun`)
    const reader = response.body.getReader()
    await reader.read()
    await reader.cancel()
    return [response.bodyUsed, await attempt(() => reader.read())]
  },
  'cancel while locked': async ({ fetch, url }) => {
    const response = await fetch(`${url}/text`)
    response.body.getReader()
    return attempt(() => response.body.cancel())
  },
  'for await': async ({ fetch, url }) => {
    const response = await fetch(`${url}/pieces`)
    let text = ''
    for await (const piece of response.body) text += Buffer.from(piece)
    return [text, response.bodyUsed]
  },
  'for await, left early': async ({ fetch, url }) => {
    const response = await fetch(`${url}/begun`)
    const pieces = response.body[Symbol.asyncIterator]()
    await pieces.next()
    await pieces.return()
    return [response.bodyUsed, response.body.locked, await attempt(() => response.text())]
  },
  pipeTo: async ({ fetch, url }) => {
    const response = await fetch(`${url}/pieces`)
    let text = ''
    await response.body.pipeTo(new WritableStream({ write (piece) { text += Buffer.from(piece) } }))
    return [text, response.bodyUsed]
  },
  'pipeThrough a decoder': async ({ fetch, url }) => {
    let text = ''
    for await (const piece of (await fetch(`${url}/pieces`)).body.pipeThrough(new TextDecoderStream())) text += piece
    return text
  },
  'bytes with a store of their own': async ({ fetch, url }) => {
    const buffer = await (await fetch(`${url}/text?body=abc`)).arrayBuffer()
    return [buffer.byteLength, Object.prototype.toString.call(buffer), structuredClone(buffer, { transfer: [buffer] }).byteLength, buffer.byteLength]
  },
  'a chunk with a store of its own': async ({ fetch, url }) => {
    const { value } = await (await fetch(`${url}/text?body=abc`)).body.getReader().read()
    return [value.constructor === Uint8Array, value.byteLength, structuredClone(value.buffer, { transfer: [value.buffer] }).byteLength > 0]
  },
  'a method called on another object': async ({ fetch, url }) => {
    const response = await fetch(`${url}/text`)
    return attempt(() => response.text.call({}))
  },
  'headers before and after the body was read': async ({ fetch, url }) => {
    const response = await fetch(`${url}/text`)
    const before = response.headers.get('content-type')
    await response.text()
    return [before, response.headers.get('content-type'), response.status, response.ok]
  },
  'a body that is cut, by text': async ({ fetch, url }) => (await fetch(`${url}/cut`)).text(),
  'a body that is cut, by a reader': async ({ fetch, url }) => {
    const reader = (await fetch(`${url}/cut`)).body.getReader()
    return [await attempt(async () => { while (!(await reader.read()).done); }), await attempt(() => reader.closed)]
  },
  HEAD: async ({ fetch, url }) => {
    const response = await fetch(`${url}/text`, { method: 'HEAD' })
    return [response.body, await response.text(), response.bodyUsed, response.headers.get('content-type')]
  }
}

const TYPES = ['text/plain', 'application/json', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'image/png', 'TEXT/Plain; Charset=UTF-8', '']
const TEXTS = { json: '{"a":1}', 'bad json': '{"a":', 'no json': 'nothing', nothing: '', form: 'a=1&b=%20', 'a mark': '\xef\xbb\xbf{"a":1}', 'bad UTF-8': 'a\xff\xc3b', 'UTF-8': '\xc3\xa4\xe2\x82\xac' }

for (const read of READS) {
  for (const [kind, body] of Object.entries(TEXTS)) {
    cases[`${read} of ${kind}`] = async ({ fetch, url }) => {
      const response = await fetch(`${url}/text?type=application/x-www-form-urlencoded&body=${encodeURIComponent(Buffer.from(body, 'latin1').toString('latin1'))}`)
      const first = response[read]()
      return [response.bodyUsed, await plain(await outcome(first)), response.bodyUsed, await plain(await attempt(() => response[read]()))]
    }
  }
  for (const type of TYPES) {
    cases[`${read} as '${type}'`] = async ({ fetch, url }) => plain(await (await fetch(`${url}/text?body=a=1&type=${encodeURIComponent(type)}`))[read]())
  }
  cases[`${read} of no body`] = async ({ fetch, url }) => plain(await (await fetch(`${url}/status?code=204`))[read]())
  cases[`${read} of a form`] = async ({ fetch, url }) => plain(await (await fetch(`${url}/form`))[read]())
  cases[`${read} of pieces`] = async ({ fetch, url }) => plain(await (await fetch(`${url}/pieces`))[read]())
  cases[`${read} after the stream was touched`] = async ({ fetch, url }) => {
    const response = await fetch(`${url}/text?body=1`)
    const { body } = response
    const value = await plain(await outcome(response[read]()))
    return [value, body === response.body, body.locked, response.bodyUsed]
  }
  cases[`${read} of a clone`] = async ({ fetch, url }) => plain(await (await fetch(`${url}/text?body=1&type=text/x`)).clone()[read]())
  cases[`${read} of a large body`] = async ({ fetch, url }) => {
    const value = await plain(await outcome((await fetch(`${url}/bytes?n=2000000`))[read]()))
    return typeof value === 'string' ? value.length : value
  }
}
for (const code of [200, 201, 202, 204, 205, 299, 300, 304, 400, 404, 418, 500, 503, 599]) {
  cases[`status ${code}`] = ({ fetch, url }) => fetch(`${url}/status?code=${code}`)
}
for (const reason of ['', 'A Reason', '\xe4']) cases[`the reason '${reason}'`] = ({ fetch, url }) => fetch(`${url}/status?code=200&reason=${encodeURIComponent(reason)}`)
for (const coding of ['gzip', 'x-gzip', 'GZIP', 'deflate', 'raw-deflate', 'br', 'gzip, br', 'identity', 'unknown', 'gzip, unknown']) {
  cases[`coding ${coding}`] = ({ fetch, url }) => fetch(`${url}/coded?coding=${encodeURIComponent(coding)}`)
}
cases['coding of a HEAD'] = ({ fetch, url }) => fetch(`${url}/coded?coding=gzip`, { method: 'HEAD' })
cases['coding of a 204'] = ({ fetch, url }) => fetch(`${url}/coded?coding=gzip&code=204`)
cases['coding of a 404'] = ({ fetch, url }) => fetch(`${url}/coded?coding=gzip&code=404`)
cases['coding that is wrong'] = async ({ fetch, url }) => (await fetch(`${url}/coded-badly`)).text()
cases['coding that breaks off'] = async ({ fetch, url }) => (await fetch(`${url}/coded-half`)).text()
cases['nobody listens'] = ({ fetch, closed }) => fetch(closed)
cases['a name that is none'] = ({ fetch }) => fetch('http://nowhere.invalid/')
cases['the server hangs up'] = ({ fetch, url }) => fetch(`${url}/hangup`)
cases['the server hangs up on a POST'] = ({ fetch, url }) => fetch(`${url}/hangup`, { method: 'POST', body: 'x' })
cases['the server speaks no HTTP'] = ({ fetch, url }) => fetch(`${url}/garbage`)

module.exports = cases
