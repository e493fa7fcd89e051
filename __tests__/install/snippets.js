'use strict'

const exported = Object.keys(require('../..'))
const { read } = require('../project/files')

/** The README's JavaScript, block by block. */
const SNIPPETS = [...read('README.md').matchAll(/```js\n([\s\S]*?)```/g)].map(([, code]) => code)

/** What the snippets take for granted beside the package's own names, as JavaScript. */
const GIVEN = { apiKey: "'a key'", key: "'a key'", texts: "['a text']" }

/** Hosts that the snippets name, for which the server of the test stands in. */
const HOSTS = ['https://api.openai.com', 'https://api.example.com']

/** `const { a } = require('b')`, with what follows it in the line. */
const REQUIRE = /^const (\{[^}]*\}|\w+) = require\('([^']*)'\).*\n/gm

/** The names of other packages that the snippets require. */
const PACKAGES = [...new Set(SNIPPETS.flatMap(code => [...code.matchAll(REQUIRE)].map(([, , name]) => name)))].filter(name => name !== 'rag-connection-pool' && !name.startsWith('node:'))

/**
 * A snippet by itself: its own requires, those that it takes over from a snippet above it, what is given, and the rest.
 * @param {string} code
 * @param {{ http: number, https1: number, ca: string }} server
 */
function whole (code, { http, https1, ca }) {
  const required = [...code.matchAll(REQUIRE)].map(([, names, from]) => ({ names, from }))
  // Node's https takes no URL in clear.
  const place = code.includes('https.get') ? `https://localhost:${https1}` : `http://127.0.0.1:${http}`
  const rest = HOSTS.reduce((text, host) => text.replaceAll(host, place), code.replace(REQUIRE, ''))
  const missing = exported.filter(name => isUsed(name, rest) && !required.some(({ names }) => isUsed(name, names)))
  if (missing.length > 0) required.push({ names: `{ ${missing.join(', ')} }`, from: 'rag-connection-pool' })
  const given = Object.entries({ ...GIVEN, ca: JSON.stringify(ca) }).filter(([name]) => isUsed(name, rest))
  return { required, rest: `${given.map(([name, value]) => `const ${name} = ${value}\n`).join('')}${rest}` }
}

/**
 * @param {string} name
 * @param {string} code
 */
function isUsed (name, code) {
  return new RegExp(`\\b${name}\\b`).test(code)
}

/** How a snippet is written, by kind of module. @type {Record<string, (code: string, server: { http: number, https1: number, ca: string }) => string>} */
const FORMS = {
  cjs (code, server) {
    const { required, rest } = whole(code, server)
    return `${required.map(({ names, from }) => `const ${names} = require('${from}')\n`).join('')}void (async () => {\n${rest}\n})()\n`
  },
  mjs (code, server) {
    const { required, rest } = whole(code, server)
    return `${required.map(({ names, from }) => `import ${names} from '${from}'\n`).join('')}${rest}\nexport {}\n`
  }
}

module.exports = { FORMS, PACKAGES, SNIPPETS }
