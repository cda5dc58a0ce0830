import ipaddr from 'ipaddr.js';

const NOT_PUBLIC = new Set([
  'private',
  'loopback',
  'linkLocal',
  'uniqueLocal',
  'carrierGradeNat',
  'unspecified',
]);

/**
 * What the rate limit counts an address as. IPv6: its /64, which is what one subscriber is given; by single addresses
 * one phone would have 2^64 buckets.
 * @returns undefined for addresses that are nobody's alone: a proxy in front that is not among TRUSTED_PROXIES makes
 * every visitor look like itself, and limiting all of them as one would be worse than no limit
 */
export function addressKeyOf(ip: string | undefined): string | undefined {
  if (ip === undefined || !ipaddr.isValid(ip)) return undefined;
  const address = ipaddr.parse(ip);
  if (NOT_PUBLIC.has(address.range())) return undefined;
  if (address instanceof ipaddr.IPv6) return address.parts.slice(0, 4).join(':');
  return address.toString();
}
