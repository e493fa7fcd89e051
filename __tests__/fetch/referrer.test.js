'use strict'

const { open } = require('../support/pools')
const { httpServer } = require('../support/servers')

test('of several lines of policies that a redirect names, the last that is known holds', async () => {
  const { url } = await httpServer((request, reply) => {
    if (request.url === '/to') reply.end(request.headers.referer ?? 'none')
    else reply.writeHead(302, { location: '/to', 'referrer-policy': ['unsafe-url', 'no-referrer', 'unheard-of'] }).end()
  })
  const response = await open().fetch(url, { referrer: 'http://example.com/page?secret', referrerPolicy: 'unsafe-url' })
  expect(await response.text()).toBe('none')
})
