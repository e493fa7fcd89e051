'use strict'

// An agent's `sockets`, `requests` and `freeSockets`: lists by the name of what they go to, none of them empty.

/**
 * @param {Record<string, unknown[]>} lists
 * @param {string} name
 * @param {unknown} item
 */
function list (lists, name, item) {
  (lists[name] ??= []).push(item)
}

/**
 * @param {Record<string, unknown[]>} lists
 * @param {string} name
 * @param {unknown} item
 */
function unlist (lists, name, item) {
  const items = lists[name]
  const at = items?.indexOf(item) ?? -1
  if (items === undefined || at < 0) return
  items.splice(at, 1)
  if (items.length === 0) delete lists[name]
}

module.exports = { list, unlist }
