'use strict'

// Real proxies on ports of their own, each for the tests of one file.

const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const { run } = require('../support/programs')

/**
 * squid, which lets the user `u` with the password `p` through. Its log tells what it was asked.
 * @param {{ authenticates?: boolean }} [how]
 */
function squid ({ authenticates = true } = {}) {
  return run('squid', ({ port, folder, write }) => {
    fs.chmodSync(folder, 0o777)
    const users = write('users', `u:${hash('p')}\n`)
    const rules = authenticates
      ? `auth_param basic program /usr/lib/squid/basic_ncsa_auth ${users}\nacl known proxy_auth REQUIRED\nhttp_access allow known\nhttp_access deny all`
      : 'http_access allow all'
    return ['-N', '-f', write('squid.conf', `
${rules}
http_port 127.0.0.1:${port}
pid_filename ${folder}/pid
access_log stdio:${folder}/access.log
cache_log ${folder}/cache.log
cache deny all
cache_mem 8 MB
coredump_dir ${folder}
pinger_enable off
shutdown_lifetime 0 seconds
buffered_logs off
`)]
  })
}

/** The form that `basic_ncsa_auth` reads. @param {string} password */
function hash (password) {
  return spawnSync('openssl', ['passwd', '-apr1', password]).stdout.toString().trim()
}

/** tinyproxy, for the user `u` with the password `p`. */
function tinyproxy () {
  return run('tinyproxy', ({ port, folder, write }) =>
    ['-d', '-c', write('tinyproxy.conf', `Port ${port}\nListen 127.0.0.1\nTimeout 60\nMaxClients 50\nBasicAuth u p\nLogFile "${folder}/log"\nLogLevel Connect\n`)])
}

/**
 * haproxy, which speaks TLS before a proxy that does not.
 * @param {import('../support/certificates').Issued} certificate
 * @param {() => number} to the port of that proxy
 */
function haproxy (certificate, to) {
  return run('haproxy', ({ port, write }) => {
    const pem = write('both.pem', certificate.cert + certificate.key)
    return ['-db', '-f', write('haproxy.cfg', `
defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen front
  bind 127.0.0.1:${port} ssl crt ${pem}
  server behind 127.0.0.1:${to()}
`)]
  })
}

/** microsocks, for the user `u` with the password `p`, or for everybody. @param {{ authenticates?: boolean }} [how] */
function microsocks ({ authenticates = true } = {}) {
  return run('microsocks', ({ port }) => ['-i', '127.0.0.1', '-p', String(port), ...authenticates ? ['-u', 'u', '-P', 'p'] : []])
}

module.exports = { squid, tinyproxy, haproxy, microsocks }
