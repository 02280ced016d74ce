import { lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { Agent, fetch, type RequestInit, type Response } from 'undici';

/** Networks that are nobody's on the internet: an address that a tenant typed must not reach into ours. RFC 6890 and its like. */
const inside = new BlockList();
for (const [net, bits] of [['0.0.0.0', 8], ['10.0.0.0', 8], ['100.64.0.0', 10], ['127.0.0.0', 8], ['169.254.0.0', 16], ['172.16.0.0', 12], ['192.0.0.0', 24], ['192.88.99.0', 24], ['192.168.0.0', 16], ['198.18.0.0', 15], ['224.0.0.0', 3]] as const) inside.addSubnet(net, bits, 'ipv4');
// Those that carry an IPv4 address inside (compatible, NAT64, Teredo, 6to4) would lead round the list above.
for (const [net, bits] of [['::', 96], ['64:ff9b::', 96], ['64:ff9b:1::', 48], ['2001::', 32], ['2002::', 16], ['fc00::', 7], ['fe80::', 10], ['fec0::', 10], ['ff00::', 8]] as const) inside.addSubnet(net, bits, 'ipv6');

export function isInside(address: string): boolean {
  return inside.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/** Checked when the connection is made: a name that means another address a moment later gains nothing. */
const publicLookup: LookupFunction = (host, options, done) => {
  lookup(host, { ...options, all: true }, (error, addresses) => {
    if (error) return done(error, []);
    const outside = addresses.filter(({ address }) => !isInside(address));
    if (outside.length === 0) return done(new Error('The name leads into a private network'), []);
    if (options.all) return done(null, outside);
    return done(null, outside[0]!.address, outside[0]!.family);
  });
};

const agent = new Agent({ connect: { lookup: publicLookup, timeout: 10_000 }, maxResponseSize: 1024 * 1024 });

/** `fetch` that reaches the public internet over TLS only, follows no redirect, and takes at most 1 MiB. */
export async function publicFetch(address: string | URL, init: RequestInit = {}): Promise<Response> {
  const url = new URL(address);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (url.protocol !== 'https:' || (isIP(host) !== 0 && isInside(host))) throw new Error('The address is not one of the public internet');
  return fetch(url, { ...init, redirect: 'manual', dispatcher: agent });
}
