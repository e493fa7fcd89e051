'use strict'

/** What the user can put right. Its message is one whole sentence and all that is shown. */
class Refusal extends Error {}

module.exports = { Refusal }
