'use strict'

const GROUPS = ['input', 'init', 'headers', 'bodies', 'responses', 'redirects', 'aborts']

/** @type {Array<[group: string, cases: Record<string, import('../play').Case>]>} */
const groups = GROUPS.map(group => [group, require(`./${group}`)])

module.exports = { groups }
