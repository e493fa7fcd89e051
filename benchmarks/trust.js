'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

/**
 * Lets clients trust an authority that can be told of it by their environment alone, as Node's own fetch.
 * @template T
 * @param {string} authority PEM
 * @param {(variables: Record<string, string>) => Promise<T>} act
 * @returns {Promise<T>}
 */
async function trusting (authority, act) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-'))
  try {
    const file = path.join(folder, 'ca.pem')
    fs.writeFileSync(file, authority)
    return await act({ NODE_EXTRA_CA_CERTS: file })
  } finally {
    fs.rmSync(folder, { recursive: true })
  }
}

module.exports = { trusting }
