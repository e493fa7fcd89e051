'use strict'

const POLICIES = new Set(['no-referrer', 'no-referrer-when-downgrade', 'same-origin', 'origin', 'strict-origin',
  'origin-when-cross-origin', 'strict-origin-when-cross-origin', 'unsafe-url'])

/**
 * The policy under which a redirect is followed (Referrer Policy, 8.1 and 8.2): the last that is known.
 * @param {string} header `Referrer-Policy` of the reply
 * @returns {string | null} null where the call's own stays
 */
function policyOf (header) {
  return header.split(',').map(policy => policy.trim()).findLast(policy => POLICIES.has(policy)) ?? null
}

/**
 * What the `referer` header says (Referrer Policy, 8.3), where a call names a referrer; there is no page that would be one.
 * @param {import('./call').Call} call
 * @returns {string | null}
 */
function refererOf ({ referrer, referrerPolicy, url }) {
  if (referrer === 'about:client' || referrer === '') return null
  const from = new URL(referrer)
  if (from.protocol !== 'http:' && from.protocol !== 'https:') return null
  from.username = from.password = from.hash = ''
  const origin = `${from.origin}/`
  const full = from.href.length > 4096 ? origin : from.href
  const to = new URL(url)
  const isSame = from.origin === to.origin
  const isDowngrade = from.protocol === 'https:' && to.protocol !== 'https:'
  switch (referrerPolicy) {
    case 'no-referrer': return null
    case 'unsafe-url': return full
    case 'origin': return origin
    case 'same-origin': return isSame ? full : null
    case 'strict-origin': return isDowngrade ? null : origin
    case 'origin-when-cross-origin': return isSame ? full : origin
    case 'no-referrer-when-downgrade': return isDowngrade ? null : full
    default: return isSame ? full : isDowngrade ? null : origin
  }
}

module.exports = { policyOf, refererOf }
