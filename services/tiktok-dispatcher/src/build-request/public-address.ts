import { BlockList, isIP } from 'node:net';

/** Addresses that name no visitor on the internet: the IANA special-purpose registries, as far as one can be a peer. */
const NOT_PUBLIC: readonly (readonly [network: string, prefix: number, family: 'ipv4' | 'ipv6'])[] = [
  ['0.0.0.0', 8, 'ipv4'],
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'],
  ['224.0.0.0', 4, 'ipv4'],
  ['240.0.0.0', 4, 'ipv4'],
  ['::', 127, 'ipv6'],
  ['fc00::', 7, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
  ['fec0::', 10, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
];

// An IPv4 rule also covers the IPv4-mapped form (::ffff:10.0.0.1).
const notPublic = new BlockList();
for (const [network, prefix, family] of NOT_PUBLIC) notPublic.addSubnet(network, prefix, family);

/**
 * Whether TikTok can make anything of the address. A private one would tie every visitor behind the same kind of
 * router together. The documentation ranges (203.0.113.0/24 …) count as public: TikTok takes them
 * (reference/tiktok-events-api.md §2.1), no real visitor has one, and test traffic uses them.
 */
export function isPublicAddress(text: string): boolean {
  const family = isIP(text);
  if (family === 0) return false;
  return !notPublic.check(text, family === 4 ? 'ipv4' : 'ipv6');
}
