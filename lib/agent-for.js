'use strict'

const { badInput, shownUrl } = require('./errors')
const { parsed } = require('./url')

/**
 * The agent for a URL's protocol.
 * @template Http, Https
 * @param {unknown} url
 * @param {{ http: Http, https: Https }} agents
 * @returns {Http | Https}
 * @throws {TypeError} when it is no http: or https: URL
 */
function agentFor (url, agents) {
  const text = typeof url === 'object' && url !== null && 'href' in url ? String(url.href) : url
  const protocol = typeof text === 'string' ? parsed(text)?.protocol : undefined
  if (protocol === 'http:') return agents.http
  if (protocol === 'https:') return agents.https
  throw badInput(TypeError, 'ERR_INVALID_URL', `url must be an absolute http: or https: URL; received ${shownUrl(url)}`)
}

module.exports = { agentFor }
