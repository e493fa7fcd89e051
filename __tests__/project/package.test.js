'use strict'

const { existsSync } = require('node:fs')
const path = require('node:path')
const manifest = require('../../package.json')
const { packages } = require('../../package-lock.json')
const { ROOT, read } = require('./files')

test('platform packages are named in the published manifest only', () => {
  expect(manifest).not.toHaveProperty('optionalDependencies')
})

test('the JavaScript layer depends on nothing at run time', () => {
  expect(manifest).not.toHaveProperty('dependencies')
})

test('nothing is compiled on the machine of a user', () => {
  const onInstall = ['preinstall', 'install', 'postinstall'].filter(name => name in manifest.scripts)
  expect(onInstall).toEqual([])
})

test('every file that is exported exists', () => {
  const exported = Object.values(manifest.exports).flatMap(leaves)
  expect(exported.filter(file => !existsSync(path.join(ROOT, file)))).toEqual([])
})

test('the schema of the options is published and can be required', () => {
  expect(manifest.files).toContain('schema')
  expect(manifest.exports['./schema/options.schema.json']).toBe('./schema/options.schema.json')
})

test('index.js is written by hand and not by the generator of the binding', () => {
  expect(read('index.js')).not.toMatch(/auto-generated/i)
})

test('the package and the crate have one version', () => {
  expect(/^version = "(.*)"/m.exec(read('Cargo.toml'))[1]).toBe(manifest.version)
})

// npm leaves out what its registry lacked when the lock was made, and then `npm ci` refuses the lock.
test('every platform package that is named in the lock is in it', () => {
  const named = Object.values(packages).flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies))
  const missing = named.filter(name => !Object.keys(packages).some(place => place.endsWith(`node_modules/${name}`)))
  expect(missing).toEqual([])
})

test('the lock names no registry, so that any mirror serves', () => {
  expect(Object.values(packages).filter(({ resolved }) => resolved)).toEqual([])
})

function leaves (target) {
  return typeof target === 'string' ? [target] : Object.values(target).flatMap(leaves)
}
