'use strict'

const { BlockList, isIP } = require('node:net')

/**
 * Which hosts `NO_PROXY` means, read as curl reads it: names and all below them, with or without a leading dot, addresses
 * and their networks, between commas and blanks; `*` and nothing else is every host. A port, which curl does not know, means that port
 * alone.
 * @param {string} text
 * @returns {(host: string, port: number) => boolean}
 */
function exemptions (text) {
  if (text === '*') return () => true
  const rules = text.split(/[\s,]+/).filter(entry => entry !== '').map(ruleOf)
  return (host, port) => {
    const name = host.toLowerCase().replace(/\.$/, '')
    return rules.some(rule => rule(name, port))
  }
}

/**
 * @param {string} entry
 * @returns {(host: string, port: number) => boolean}
 */
function ruleOf (entry) {
  const { place, port } = split(entry.toLowerCase())
  const means = meaningOf(place)
  return (host, own) => (port === null || port === own) && means(host)
}

/**
 * An IPv6 address has colons of its own, so that its port stands behind brackets.
 * @param {string} entry
 */
function split (entry) {
  const [, bracketed, afterBrackets] = /^\[([^\]]*)\](?::(\d+))?$/.exec(entry) ?? []
  if (bracketed !== undefined) return { place: bracketed, port: portOf(afterBrackets) }
  const [, place, digits] = /^([^:]*):(\d+)$/.exec(entry) ?? []
  return place === undefined ? { place: entry, port: null } : { place, port: portOf(digits) }
}

/** @param {string | undefined} digits */
function portOf (digits) {
  return digits === undefined ? null : Number(digits)
}

/**
 * @param {string} place
 * @returns {(host: string) => boolean}
 */
function meaningOf (place) {
  const [, address = '', bits] = /^([^/]*)(?:\/(.*))?$/.exec(place) ?? []
  const version = isIP(address)
  if (version !== 0) return network(address, version, bits)
  const name = place.replace(/^\.|\.$/g, '')
  if (name === '') return () => false
  return host => isIP(host) === 0 && (host === name || host.endsWith(`.${name}`))
}

/**
 * @param {string} address
 * @param {number} version
 * @param {string | undefined} bits
 * @returns {(host: string) => boolean}
 */
function network (address, version, bits) {
  const width = version === 4 ? 32 : 128
  // As curl reads it, by C's atoi: what is no number is 0, and 0 is no network but the address itself.
  const prefix = Number.parseInt(bits ?? '', 10) || width
  if (prefix < 0 || prefix > width) return () => false
  const list = new BlockList()
  list.addSubnet(address, prefix, version === 4 ? 'ipv4' : 'ipv6')
  return host => isIP(host) === version && list.check(host, version === 4 ? 'ipv4' : 'ipv6')
}

module.exports = { exemptions }
