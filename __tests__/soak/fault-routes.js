'use strict'

const fs = require('node:fs')
const path = require('node:path')

const README = path.join(__dirname, '..', 'servers', 'README.md')

/** What is asked for beside a route's defaults. */
const VARIANTS = /** @type {Record<string, string[]>} */ ({
  '/repeated-length': ['?same=1', '?same=0'],
  '/headers': ['?count=10&size=10', '?count=90&size=100', '?count=300&size=10', '?count=10&size=60000'],
  '/echo': ['?id=7'],
  '/1xx': ['?n=1&code=103', '?n=20&code=102', '?n=2000&code=103'],
  '/early-reply': ['?then=keep', '?then=close', '?then=reset', '?then=stall'],
  '/reply-then-close': ['?announce=1', '?announce=0'],
  '/keep-alive-hint': ['?timeout=5', '?timeout=5&closes=20', '?timeout=0'],
  '/bomb': ['?coding=gzip&mb=2', '?coding=br&mb=2', '?coding=zstd&mb=2', '?coding=gzip&mb=20'],
  '/bad-coding': ['?coding=gzip', '?coding=deflate', '?coding=br', '?coding=zstd'],
  '/truncated-coding': ['?coding=gzip', '?coding=deflate', '?coding=br', '?coding=zstd'],
  '/close-in-body': ['', '?notify=0'],
  '/close-in-head': ['', '?notify=0'],
  '/close-before-head': ['', '?notify=0']
})

/**
 * Every fault that the fault server's table names, so that one which is added there is played here.
 * @returns {string[]} paths with their parameters
 */
function faultRoutes () {
  const [, part = ''] = fs.readFileSync(README, 'utf8').split('## fault-server')
  const rows = part.split('\n').filter(line => line.startsWith('| ')).map(line => line.split('|'))
  const routes = rows.flatMap(([, route]) => quoted(route).filter(name => name.startsWith('/')))
  // A row of its own tells at which moments the routes break off that end in this word.
  const moments = rows.filter(([, route]) => route.trim() === 'MOMENT').flatMap(([, , meaning]) => quoted(meaning))
  const all = routes.flatMap(route => (route.includes('MOMENT') ? moments.map(moment => route.replace('MOMENT', moment)) : [route]))
  return all.flatMap(route => {
    const [name] = route.split('?', 1)
    return VARIANTS[name]?.map(variant => name + variant) ?? [route]
  })
}

/** @param {string} cell */
const quoted = cell => [...cell.matchAll(/`([^`]*)`/g)].map(([, text]) => text)

module.exports = { faultRoutes }
