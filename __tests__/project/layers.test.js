'use strict'

const { filesBelow, read } = require('./files')

// The first part of a path below src: what it may name of the crate, and which crates it may not.
const CORE = { knows: ['config', 'error', 'key', 'metrics', 'policy', 'pool', 'vectors'], avoids: ['tokio', 'hyper', 'hyper_util', 'http', 'rustls', 'napi'] }
const LAYERS = {
  config: { ...CORE, knows: ['config', 'error', 'key'] },
  error: { ...CORE, knows: [] },
  key: { ...CORE, knows: [] },
  metrics: { ...CORE, knows: ['error', 'key', 'metrics'] },
  policy: { ...CORE, knows: ['error', 'key', 'policy'] },
  pool: { ...CORE, knows: ['error', 'key', 'pool'] },
  vectors: { ...CORE, knows: [] },
  transport: { knows: ['error', 'key', 'transport'], avoids: ['napi'] },
  dispatch: { knows: [...CORE.knows, 'dispatch', 'transport'], avoids: ['napi'] },
  binding: { knows: [...CORE.knows, 'binding', 'dispatch', 'transport'], avoids: ['hyper', 'hyper_util'] },
  // Compiled for the fuzz targets alone.
  fuzzing: { knows: ['binding', 'dispatch', 'transport'], avoids: ['napi'] }
}

const SOURCES = filesBelow('src', '.rs')
  .filter(file => file !== 'src/lib.rs')
  .map(file => ({ file, layer: file.split('/')[1].replace(/\.rs$/, ''), code: withoutComments(read(file)) }))

test('every Rust file belongs to a layer', () => {
  expect(SOURCES.filter(({ layer }) => !(layer in LAYERS)).map(({ file }) => file)).toEqual([])
})

test('Rust arrows point down only', () => {
  const wrong = SOURCES.flatMap(({ file, layer, code }) =>
    modulesNamed(code).filter(module => !LAYERS[layer]?.knows.includes(module)).map(module => `${file} names ${module}`))
  expect(wrong).toEqual([])
})

test('no layer names a crate that it must not know', () => {
  const wrong = SOURCES.flatMap(({ file, layer, code }) =>
    (LAYERS[layer]?.avoids ?? []).filter(crate => namesCrate(code, crate)).map(crate => `${file} names ${crate}`))
  expect(wrong).toEqual([])
})

test('modules are found in nested lists of imports too', () => {
  expect(modulesNamed('use crate::{pool::{Pool, Permit}, transport};\nlet a = crate::key::Origin;')).toEqual(['pool', 'transport', 'key'])
})

test('a crate is found where its path begins', () => {
  expect(namesCrate('use tokio::time;', 'tokio')).toBe(true)
  expect(namesCrate('fn f() -> ::http::Request', 'http')).toBe(true)
  expect(namesCrate('use crate::http::x; use tokio_util::y;', 'http')).toBe(false)
})

test('only lib/native.js requires the addon', () => {
  const doors = ['lib', 'examples', 'scripts']
    .flatMap(folder => filesBelow(folder, '.js'))
    .concat('index.js', 'index.mjs')
    .filter(file => /(require|import)\s*\(?\s*['"][^'"]*(\/binding(\.js)?|\.node)['"]|from\s+['"][^'"]*\/binding/.test(read(file)))
  expect(doors).toEqual(['lib/native.js'])
})

function withoutComments (code) {
  return code.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '')
}

function namesCrate (code, crate) {
  return new RegExp(`(?<![\\w:])(::)?${crate}::`).test(code)
}

/** The modules that follow `crate::`, those of `crate::{a, b::{c, d}}` included. */
function modulesNamed (code) {
  return [...code.matchAll(/\bcrate::(\{|[a-z_]\w*)/g)].flatMap(match => {
    if (match[1] !== '{') return [match[1]]
    return topLevelNames(code.slice(match.index + match[0].length))
  })
}

function topLevelNames (list) {
  let depth = 0
  let flat = ''
  for (const character of list) {
    if (character === '}' && depth === 0) break
    if (character === '}') depth--
    else if (character === '{') depth++
    else if (depth === 0) flat += character
  }
  return flat.split(',').map(item => item.trim().split('::')[0]).filter(name => name !== '')
}
