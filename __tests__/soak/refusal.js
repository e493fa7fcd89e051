'use strict'

/** A command line that cannot be obeyed. Its message is all that is shown. */
class Refusal extends Error {}

module.exports = { Refusal }
