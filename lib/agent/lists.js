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
  // Node's own way, too: splice() makes another list of what it takes out.
  for (let next = at + 1; next < items.length; next++) items[next - 1] = items[next]
  items.pop()
  if (items.length === 0) delete lists[name]
}

/**
 * @param {Record<string, unknown[]>} lists
 * @returns {number} how many are on all of them
 */
function listed (lists) {
  let count = 0
  for (const name in lists) count += /** @type {unknown[]} */ (lists[name]).length
  return count
}

module.exports = { list, unlist, listed }
