'use strict'

/** Between flags, since a path may hold a blank. */
const SEPARATOR = '\x1f'

/** Of profiles a build has one, and a count of what is covered goes with none. */
const OTHER_PROFILE = /-C ?(profile-use|profile-generate|instrument-coverage)/

/**
 * Why rustc cannot have one flag more, of its own or in `withFlag`'s way: cargo reads one source of flags of several, of which only two
 * are variables that hold all.
 * @param {NodeJS.ProcessEnv} environment
 * @returns {string | null}
 */
function refusal (environment) {
  const { CARGO_ENCODED_RUSTFLAGS: encoded, RUSTFLAGS: plain } = environment
  if (OTHER_PROFILE.test(encoded?.replaceAll(SEPARATOR, ' ') ?? plain ?? '')) return 'the flags of rustc speak of another'
  const displaced = Object.keys(environment).find(name => /^CARGO_(BUILD|TARGET_\w+)_RUSTFLAGS$/.test(name))
  if (displaced !== undefined && encoded === undefined && plain === undefined) return `it would displace ${displaced}`
  return null
}

/**
 * An environment in which rustc has one flag more, behind those of the user's variables. Those of a `config.toml` are left out, as cargo
 * leaves them out for any variable.
 * @param {NodeJS.ProcessEnv} environment
 * @param {string} flag
 * @returns {NodeJS.ProcessEnv}
 */
function withFlag (environment, flag) {
  const { CARGO_ENCODED_RUSTFLAGS: encoded, RUSTFLAGS: plain = '' } = environment
  const flags = encoded === undefined ? plain.split(' ') : encoded.split(SEPARATOR)
  return { ...environment, CARGO_ENCODED_RUSTFLAGS: [...flags, flag].filter(flag => flag !== '').join(SEPARATOR) }
}

module.exports = { refusal, withFlag }
