'use strict'

/** @type {import('../play').Scenario[]} */
const scenarios = [
  'methods', 'bodies', 'uploads', 'informational', 'keeping', 'queueing', 'abort', 'throws', 'timeouts', 'malformed', 'headers', 'faults', 'sockets', 'tls'
].flatMap(file => Object.entries(require(`./${file}`)).map(([name, scenario]) =>
  typeof scenario === 'function' ? { name, play: scenario } : { name, ...scenario }))

module.exports = { scenarios }
