import { isIP } from 'node:net';

/**
 * The visitor's address, out of the chain that Fastify believes (`request.ips`): the peer first, then what trusted
 * proxies wrote into `X-Forwarded-For`, up to the first address that is no trusted proxy. What stands further left
 * in the header was written by the visitor and is not in the chain: believing it would let anyone forge the IP that
 * TikTok matches by.
 *
 * @returns as TikTok gets it: no port, no zone, IPv4 without its `::ffff:` mapping. A proxy that writes `unknown`
 * knows no better, so then it is the proxy's own address.
 */
export function clientIpOf(chain: readonly string[]): string | undefined {
  return chain.map(bareAddress).findLast((address) => address !== undefined);
}

function bareAddress(text: string): string | undefined {
  const trimmed = text.trim().toLowerCase();
  const [, bracketed] = /^\[([^\]]+)\](?::\d+)?$/.exec(trimmed) ?? [];
  const [, withPort] = /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(trimmed) ?? [];
  const address = (bracketed ?? withPort ?? trimmed).replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.)/, '');
  return isIP(address) === 0 ? undefined : address;
}
