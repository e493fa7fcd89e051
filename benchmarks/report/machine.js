'use strict'

const os = require('node:os')

/** What the figures depend on beside the code. */
function machine () {
  const cpus = os.cpus()
  return {
    cpu: cpus[0]?.model.trim() ?? 'unknown',
    cores: cpus.length,
    memoryGigabytes: Math.round(os.totalmem() / 2 ** 30),
    system: `${os.type()} ${os.release()} ${os.arch()}`,
    node: process.version,
    loadAverage: os.loadavg().map(value => Math.round(value * 100) / 100)
  }
}

/**
 * @param {ReturnType<typeof machine>} machine
 * @param {Record<string, string>} versions of the contenders
 */
function machineText ({ cpu, cores, memoryGigabytes, system, node, loadAverage }, versions) {
  const clients = Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(', ')
  return `${cpu}, ${cores} cores, ${memoryGigabytes} GiB, ${system}; Node ${node}${clients === '' ? '' : `; ${clients}`}\n` +
    `Load of the machine at the start: ${loadAverage.join(' ')}\n`
}

module.exports = { machine, machineText }
