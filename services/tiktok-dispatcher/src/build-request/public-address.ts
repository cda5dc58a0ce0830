import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Documentation ranges. */
const EXAMPLES = [
  ['192.0.2.0', 24],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['2001:db8::', 32],
] as const;

const examples = {
  example: EXAMPLES.map(([network, prefix]): [ipaddr.IPv4 | ipaddr.IPv6, number] => [
    ipaddr.parse(network),
    prefix,
  ]),
};

/**
 * Whether TikTok can make anything of a visitor's address. A private one would tie every visitor behind the same kind
 * of router together. The documentation ranges (203.0.113.0/24 …) count as public: TikTok takes them
 * (reference/tiktok-events-api.md §2.1), no real visitor has one, and test traffic uses them.
 */
export function isPublicAddress(text: string): boolean {
  // The library also reads "127.1" and "0x7f000001".
  if (isIP(text) === 0) return false;
  const address = ipaddr.process(text);
  return address.range() === 'unicast' || ipaddr.subnetMatch(address, examples, 'none') === 'example';
}

/** Whether a server of the internet can have this address. */
export const isInternetAddress = (text: string): boolean =>
  isIP(text) !== 0 && ipaddr.process(text).range() === 'unicast';
