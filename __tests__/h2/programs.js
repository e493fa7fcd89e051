'use strict'

// Real servers on ports of their own, each for the tests of one file. What lies in their folder `files` they serve, and under
// `/protocol` the version of HTTP that they were asked in, as far as they can say it.

const { once } = require('node:events')
const fs = require('node:fs')
const http = require('node:http')
const path = require('node:path')
const { run } = require('../support/programs')
const { closedPort } = require('../support/servers')

/** @typedef {import('../support/certificates').Issued} Issued */

/** Whose children would else be nobody's, who may not read the files. */
const AS_ROOT = process.getuid?.() === 0

/** @param {string} folder */
const files = folder => {
  fs.mkdirSync(path.join(folder, 'files'))
  return path.join(folder, 'files')
}

/** @param {Issued} issued */
function nginx (issued) {
  return run('nginx', ({ port, folder, write }) => ['-p', folder, '-c', write('nginx.conf', `
    daemon off; pid ${folder}/pid; error_log stderr; worker_processes 1;
    ${AS_ROOT ? 'user root;' : ''}
    events { worker_connections 256; }
    http {
      access_log off; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fcgi;
      uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi; client_max_body_size 10m;
      server {
        listen 127.0.0.1:${port} ssl http2; ssl_certificate ${issued.certPath}; ssl_certificate_key ${issued.keyPath};
        http2_max_concurrent_streams 20; keepalive_requests 30;
        root ${files(folder)};
        location /protocol { return 200 $server_protocol; }
      }
    }`)])
}

/** @param {Issued} issued */
function h2o (issued) {
  return run('h2o', ({ port, folder, write }) => {
    fs.writeFileSync(path.join(files(folder), 'protocol'), 'HTTP/2.0')
    return ['-c', write('h2o.conf', `
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
        file.dir: ${folder}/files
`)]
  })
}

/**
 * caddy, which takes new instructions while it runs, says in `x-generation` by which it answers, and writes down what it has answered.
 * @param {Issued} issued
 * @returns {import('../support/programs').Running & { reload: () => Promise<void>, answered: () => number }}
 */
function caddy (issued) {
  const own = { admin: 0, generation: 0 }
  const instructions = (/** @type {number} */ port, /** @type {string} */ folder) => `
{
  admin 127.0.0.1:${own.admin}
  auto_https off
  grace_period 30s
  servers {
    protocols h1 h2
  }
}
https://localhost:${port} {
  bind 127.0.0.1
  tls ${issued.certPath} ${issued.keyPath}
  header x-generation ${own.generation++}
  respond /protocol "{http.request.proto}"
  respond /sink "taken"
  log {
    output file ${folder}/access.log
  }
  root * ${folder}/files
  file_server
}
`
  const running = run('caddy', async ({ port, folder, write }) => {
    own.admin = await closedPort()
    files(folder)
    return ['run', '--adapter', 'caddyfile', '--config', write('Caddyfile', instructions(port, folder))]
  })
  return Object.assign(running, {
    reload: async () => {
      const body = instructions(running.port, running.folder)
      const status = await told(own.admin, body)
      if (status !== 200) throw new Error(`caddy took no new instructions: ${status}`)
    },
    answered: () => fs.readFileSync(path.join(running.folder, 'access.log'), 'utf8').trimEnd().split('\n').length
  })
}

/**
 * Over a connection of its own: that to whoever was told last is closed.
 * @param {number} admin
 * @param {string} body
 */
async function told (admin, body) {
  const request = http.request({ agent: false, port: admin, host: '127.0.0.1', path: '/load', method: 'POST', headers: { 'content-type': 'text/caddyfile' } })
  request.end(body)
  const [reply] = await once(request, 'response')
  reply.resume()
  return reply.statusCode
}

module.exports = { caddy, h2o, nginx }
