'use strict'

// Against the servers that most requests meet.

const fs = require('node:fs')
const path = require('node:path')
const { open } = require('../support/pools')
const { start, testWith } = require('../support/programs')
const { until } = require('../support/awaiting')
const { Workshop } = require('../support/certificates')
const { closedPort } = require('../support/servers')

const workshop = new Workshop()
const issued = workshop.issue('localhost')
/** Whose children would else be nobody's, who may not read the files. */
const AS_ROOT = process.getuid?.() === 0
const LARGE = Buffer.alloc(3_000_000, 'large ')

/** @type {Record<string, (at: string, port: number) => string[]>} */
const PROGRAMS = {
  nginx (at, port) {
    fs.mkdirSync(path.join(at, 'files'))
    fs.writeFileSync(path.join(at, 'nginx.conf'), `
      daemon off; pid ${at}/pid; error_log stderr; worker_processes 1;
      ${AS_ROOT ? 'user root;' : ''}
      events { worker_connections 256; }
      http {
        access_log off; client_body_temp_path ${at}/body; proxy_temp_path ${at}/proxy; fastcgi_temp_path ${at}/fcgi;
        uwsgi_temp_path ${at}/uwsgi; scgi_temp_path ${at}/scgi; client_max_body_size 10m;
        server {
          listen 127.0.0.1:${port} ssl http2; ssl_certificate ${issued.certPath}; ssl_certificate_key ${issued.keyPath};
          http2_max_concurrent_streams 20; keepalive_requests 30;
          root ${at}/files;
          location /protocol { return 200 $server_protocol; }
        }
      }`)
    return ['-p', at, '-c', path.join(at, 'nginx.conf')]
  },
  h2o (at, port) {
    fs.mkdirSync(path.join(at, 'files'))
    fs.writeFileSync(path.join(at, 'files', 'protocol'), 'HTTP/2.0')
    fs.writeFileSync(path.join(at, 'h2o.conf'), `
${AS_ROOT ? 'user: root' : ''}
num-threads: 1
http2-max-concurrent-requests-per-connection: 20
listen:
  host: 127.0.0.1
  port: ${port}
  ssl:
    certificate-file: ${issued.certPath}
    key-file: ${issued.keyPath}
hosts:
  "default":
    paths:
      "/":
        file.dir: ${at}/files
`)
    return ['-c', path.join(at, 'h2o.conf')]
  }
}

describe.each(Object.keys(PROGRAMS))('%s', program => {
  const check = testWith(program)
  const served = { url: '', pid: 0 }

  if (check !== test.skip) {
    beforeAll(async () => {
      const port = await closedPort()
      const { at, pid } = await start(program, port, at => PROGRAMS[program](at, port))
      fs.writeFileSync(path.join(at, 'files', 'large'), LARGE)
      Object.assign(served, { url: `https://localhost:${port}`, pid })
    })
  }

  const pool = () => open({ tls: { ca: workshop.root.cert } })

  check('a request goes over HTTP/2', async () => {
    const { statusCode, body } = await pool().request(`${served.url}/protocol`)
    expect([statusCode, await body.text()]).toEqual([200, 'HTTP/2.0'])
  })

  check('a burst keeps to its streams, however often it lets connections go', async () => {
    const one = pool()
    const asked = Array.from({ length: 400 }, async () => (await one.request(`${served.url}/protocol`)).body.text())
    expect(new Set(await Promise.all(asked))).toEqual(new Set(['HTTP/2.0']))
    const { errors, connectionsCreated, connectionsDestroyed, currentPoolSize } = one.getMetrics()
    expect(errors).toBe(0)
    expect(connectionsCreated - connectionsDestroyed).toBe(currentPoolSize)
  })

  check('large replies come whole, side by side', async () => {
    const one = pool()
    const asked = Array.from({ length: 8 }, async () => (await one.request(`${served.url}/large`)).body.arrayBuffer())
    for (const body of await Promise.all(asked)) expect(Buffer.from(body).equals(LARGE)).toBe(true)
  })

  check('a consumer that does not read holds up no other', async () => {
    const one = pool()
    const slow = await Promise.all(Array.from({ length: 6 }, () => one.request(`${served.url}/large`)))
    const quick = await one.request(`${served.url}/large`)
    expect((await quick.body.arrayBuffer()).byteLength).toBe(LARGE.length)
    for (const { body } of slow) expect((await body.arrayBuffer()).byteLength).toBe(LARGE.length)
  })

  check('a reply that nobody wants harms no other', async () => {
    const one = pool()
    const asked = Array.from({ length: 10 }, async (_, n) => {
      const { body } = await one.request(`${served.url}/large`)
      if (n % 2 === 0) return body.dump()
      expect((await body.arrayBuffer()).byteLength).toBe(LARGE.length)
    })
    await Promise.all(asked)
    await until(() => one.getMetrics().agents.https.active === 0)
  })
})
