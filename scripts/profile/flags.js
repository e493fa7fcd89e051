'use strict'

/** Between flags, since a path may hold a blank. */
const SEPARATOR = '\x1f'

/**
 * An environment in which rustc has one flag more. cargo reads one variable of several, so that those of the user go with it.
 * @param {NodeJS.ProcessEnv} environment
 * @param {string} flag
 * @returns {NodeJS.ProcessEnv}
 */
function withFlag (environment, flag) {
  const { CARGO_ENCODED_RUSTFLAGS: encoded, RUSTFLAGS: plain = '' } = environment
  const flags = encoded === undefined ? plain.split(' ') : encoded.split(SEPARATOR)
  return { ...environment, CARGO_ENCODED_RUSTFLAGS: [...flags, flag].filter(flag => flag !== '').join(SEPARATOR) }
}

module.exports = { withFlag }
