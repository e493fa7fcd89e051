'use strict'

// Authorities with more than one certificate: which of them counts is decided as OpenSSL decides it, whatever a server sends and
// in whatever order.

const { Workshop } = require('../support/certificates')
const { httpsServer } = require('../support/servers')
const { shows, verdictOfNode, verdicts } = require('./verdicts')

const workshop = new Workshop()
const PAST = '20210101000000Z'
const FUTURE = '20480101000000Z'
const left = workshop.authority('Left root')
const right = workshop.authority('Right root')
const stranger = workshop.authority('Stranger')
const MIDDLE = 'Middle'
/** One key with a certificate of each root, and with those that are out of date. */
const byLeft = workshop.lesser(MIDDLE, { issuer: left })
const byRight = workshop.lesser(MIDDLE, { of: byLeft, issuer: right })
const byStranger = workshop.lesser(MIDDLE, { of: byLeft, issuer: stranger })
const lateLeft = workshop.lesser(MIDDLE, { of: byLeft, issuer: left, until: PAST })
const laterLeft = workshop.lesser(MIDDLE, { of: byLeft, issuer: left, until: '20220101000000Z' })
const earlyLeft = workshop.lesser(MIDDLE, { of: byLeft, issuer: left, from: FUTURE })
const powerless = workshop.lesser(MIDDLE, { of: byLeft, issuer: left, extensions: 'basicConstraints=CA:FALSE' })
const impostor = workshop.lesser(MIDDLE, { issuer: left })
const leaf = workshop.issue('localhost', { issuer: byLeft })
const bare = workshop.issue('localhost', { issuer: byLeft, extensions: 'subjectAltName=DNS:localhost\nauthorityKeyIdentifier=none' })
/** A root that has expired, a younger one of the same key, and what an elder root says of that key. */
const expired = workshop.authority('Renewed root', { until: PAST })
const renewed = workshop.authority('Renewed root', { of: expired })
const underExpired = workshop.issue('localhost', { issuer: expired })
const elder = workshop.authority('Elder root', { until: PAST })
const crossed = workshop.lesser('Renewed root', { of: expired, issuer: elder })
const crossedByLeft = workshop.lesser('Renewed root', { of: expired, issuer: left })
/** Two that vouch for one another. */
const one = workshop.authority('One')
const other = workshop.lesser('Other', { issuer: one })
const oneByOther = workshop.lesser('One', { of: one, issuer: other })
const underOther = workshop.issue('localhost', { issuer: other })

/** What is sent, and who is trusted. */
const CHAINS = {
  'both are sent, the root of the first is trusted': [[leaf, byLeft, byRight], [left]],
  'both are sent, the root of the second is trusted': [[leaf, byLeft, byRight], [right]],
  'both are sent, both roots are trusted': [[leaf, byLeft, byRight], [left, right]],
  'both are sent, neither root is trusted': [[leaf, byLeft, byRight], [stranger]],
  'both are sent with their roots, one is trusted': [[leaf, byLeft, left, byRight, right], [right]],
  'both are trusted, and one root': [[leaf], [byLeft, byRight, right]],
  'both are trusted, and the other root': [[leaf], [byLeft, byRight, left]],
  'both are trusted, and neither root': [[leaf], [byLeft, byRight]],
  'one is sent, the other is trusted with its root': [[leaf, byLeft], [byRight, right]],
  'one is sent of a stranger, the other is trusted with its root': [[leaf, byStranger], [byRight, right]],
  'the first has expired': [[leaf, lateLeft, byRight], [left, right]],
  'the second has expired': [[leaf, byRight, lateLeft], [left, right]],
  'the first has expired, and the second\'s root is not trusted': [[leaf, lateLeft, byRight], [left]],
  'the second has expired, and the first\'s root is not trusted': [[leaf, byRight, lateLeft], [left]],
  'the first has expired, and its root is not trusted': [[leaf, lateLeft, byRight], [right]],
  'both have expired, the first longer ago': [[leaf, lateLeft, laterLeft], [left]],
  'both have expired, the second longer ago': [[leaf, laterLeft, lateLeft], [left]],
  'the first is not valid yet': [[leaf, earlyLeft, byRight], [left, right]],
  'the first is not valid yet, and is all that leads to a root': [[leaf, earlyLeft, byRight], [left]],
  'an expired one and one that is not valid yet': [[leaf, lateLeft, earlyLeft], [left]],
  'an expired one is trusted beside a good one': [[leaf], [lateLeft, byRight, left, right]],
  'an expired one is trusted beside a good one of no root': [[leaf], [lateLeft, byRight, left]],
  'an expired one is trusted, a good one is sent': [[leaf, byLeft], [lateLeft, left]],
  'the first is no authority': [[leaf, powerless, byLeft], [left]],
  'the second is no authority': [[leaf, byLeft, powerless], [left]],
  'another of the name comes first': [[leaf, impostor, byLeft], [left]],
  'another of the name comes first, and no key is named': [[bare, impostor, byLeft], [left]],
  'another of the name comes second, and no key is named': [[bare, byLeft, impostor], [left]],
  'in disorder, with a third in between': [[leaf, byStranger, left, lateLeft, byRight, byLeft], [right]],
  'twice the same': [[leaf, byLeft, byLeft], [left]],
  'a root has expired and is trusted': [[underExpired], [expired]],
  'a root has expired and is renewed': [[underExpired], [expired, renewed]],
  'a root is renewed, and the expired one is sent': [[underExpired, expired], [renewed]],
  'a root has expired, and the renewed one is sent': [[underExpired, renewed], [expired]],
  'a root is renewed, and one by an expired elder is sent': [[underExpired, crossed], [renewed, elder]],
  'the elder has expired': [[underExpired, crossed], [elder]],
  'the elder has expired, and another vouches as well': [[underExpired, crossed, crossedByLeft], [elder, left]],
  'the elder has expired, and another that vouches comes first': [[underExpired, crossedByLeft, crossed], [elder, left]],
  'the elder is not trusted, and another vouches as well': [[underExpired, crossed, crossedByLeft], [left]],
  'two vouch for one another': [[underOther, other, oneByOther], [left]],
  'two vouch for one another, one of whom is trusted': [[underOther, other, oneByOther], [one]],
  'two vouch for one another, twice': [[underOther, other, oneByOther, other, oneByOther], [left]]
}

/** @type {Set<string | null>} */
const seen = new Set()

test.each(Object.entries(CHAINS))('%s: judged as Node judges it', async (_, [sent, trusted]) => {
  const { url, port } = await httpsServer(shows(...sent), (request, reply) => reply.end())
  const ca = trusted.map(({ cert }) => cert)
  const theirs = await verdictOfNode(port, { ca })
  expect(await verdicts(url, { ca })).toEqual([theirs, theirs])
  seen.add(theirs)
})

test('Node has taken some of them and refused others, by several codes', () => {
  expect(seen.has(null)).toBe(true)
  expect(seen.size).toBeGreaterThan(4)
})
