'use strict'

/**
 * Columns of equal width; the first to the left, the others to the right.
 * @param {readonly string[]} head
 * @param {readonly (readonly string[])[]} rows
 * @returns {string}
 */
function table (head, rows) {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map(row => (row[column] ?? '').length)))
  const line = (/** @type {readonly string[]} */ row) => row.map((cell, column) => {
    const width = /** @type {number} */ (widths[column])
    return column === 0 ? cell.padEnd(width) : cell.padStart(width)
  }).join('  ')
  return [head, widths.map(width => '─'.repeat(width)), ...rows].map(row => `  ${line(row)}\n`).join('')
}

module.exports = { table }
