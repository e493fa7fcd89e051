'use strict'

/**
 * The lines that only one side has, in order: what is left when the longest common sequence is taken out.
 * @param {string[]} nodes
 * @param {string[]} ours
 * @returns {{ nodes: string[], ours: string[] }}
 */
function lineDifference (nodes, ours) {
  const common = lengths(nodes, ours)
  /** @type {{ nodes: string[], ours: string[] }} */ const only = { nodes: [], ours: [] }
  let [i, j] = [0, 0]
  while (i < nodes.length || j < ours.length) {
    if (nodes[i] === ours[j]) {
      i++
      j++
    } else if (i < nodes.length && (j === ours.length || common[i + 1][j] >= common[i][j + 1])) {
      only.nodes.push(nodes[i++])
    } else {
      only.ours.push(ours[j++])
    }
  }
  return only
}

/**
 * How long the common sequence of the rests from each pair of places is.
 * @param {string[]} one
 * @param {string[]} other
 */
function lengths (one, other) {
  const table = Array.from({ length: one.length + 1 }, () => new Array(other.length + 1).fill(0))
  for (let i = one.length - 1; i >= 0; i--) {
    for (let j = other.length - 1; j >= 0; j--) {
      table[i][j] = one[i] === other[j] ? table[i + 1][j + 1] + 1 : Math.max(table[i + 1][j], table[i][j + 1])
    }
  }
  return table
}

module.exports = { lineDifference }
