'use strict'

const tls = require('node:tls')

/**
 * Options of a request that decide how its connection is made and that the pool's own connections were not made with.
 * Such a request takes a socket of Node's own, through this very agent.
 */
const OWN_SOCKET = [
  'socketPath', 'localAddress', 'localPort', 'lookup', 'family', 'hints', 'createConnection', 'ca', 'cert', 'key', 'pfx', 'passphrase',
  'rejectUnauthorized', 'checkServerIdentity', 'minVersion', 'maxVersion', 'secureProtocol', 'secureOptions', 'secureContext', 'ciphers',
  'crl', 'sigalgs', 'ecdhCurve', 'dhparam', 'session', 'ALPNProtocols', 'honorCipherOrder', 'clientCertEngine'
]

/** @param {any} options */
function wantsOwnSocket (options) {
  if (options.servername !== undefined && options.servername !== '' && options.servername !== options.host) return true
  return OWN_SOCKET.some(name => options[name] !== undefined && options[name] !== null && !isNodesOwn(name, options[name]))
}

/**
 * What some clients write out though it is what Node does anyway.
 * @param {string} name
 * @param {unknown} value
 */
function isNodesOwn (name, value) {
  return name === 'checkServerIdentity' && value === tls.checkServerIdentity
}

module.exports = { wantsOwnSocket }
