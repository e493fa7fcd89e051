'use strict'

// The addon as lib/native.js sees it, for tests of the crossing itself.
// eslint-disable-next-line n/no-restricted-require
module.exports = require('../../binding.js')
