import Fastify from 'fastify';
import { clientIpOf } from './client-ip';

/** With the trust in front of it, as the service runs it: the two only make sense together. */
async function ipSeen(trustProxy: false | string[], peer: string, forwardedFor?: string): Promise<unknown> {
  const app = Fastify({ trustProxy });
  app.get('/', (request) => ({ ip: clientIpOf(request.ips ?? [request.ip]) }));
  const response = await app.inject({
    url: '/',
    remoteAddress: peer,
    headers: forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor },
  });
  return response.json<{ ip: unknown }>().ip;
}

const PROXIES = ['10.0.0.0/8', '192.0.2.7', '2001:db8:aaaa::/48'];

describe('clientIpOf', () => {
  it.each([
    { name: 'a direct visitor', peer: '203.0.113.5', xff: undefined, ip: '203.0.113.5' },
    { name: 'an untrusted peer forges the header', peer: '203.0.113.5', xff: '1.1.1.1', ip: '203.0.113.5' },
    { name: 'a trusted proxy names the visitor', peer: '10.1.2.3', xff: '203.0.113.5', ip: '203.0.113.5' },
    { name: 'a single trusted address', peer: '192.0.2.7', xff: '203.0.113.5', ip: '203.0.113.5' },
    { name: 'its neighbour is not trusted', peer: '192.0.2.8', xff: '203.0.113.5', ip: '192.0.2.8' },
    {
      name: 'the visitor wrote a forged address before the proxy added the true one',
      peer: '10.1.2.3',
      xff: '1.1.1.1, 203.0.113.5',
      ip: '203.0.113.5',
    },
    {
      name: 'a chain of two trusted proxies',
      peer: '10.1.2.3',
      xff: '1.1.1.1, 203.0.113.5, 10.9.9.9',
      ip: '203.0.113.5',
    },
    { name: 'only proxies in the chain: the outermost', peer: '10.1.2.3', xff: '10.4.4.4', ip: '10.4.4.4' },
    { name: 'a proxy that knows nothing', peer: '10.1.2.3', xff: 'unknown', ip: '10.1.2.3' },
    { name: 'a port behind IPv4', peer: '10.1.2.3', xff: '203.0.113.5:4711', ip: '203.0.113.5' },
    { name: 'brackets and port around IPv6', peer: '10.1.2.3', xff: '[2001:db8::1]:443', ip: '2001:db8::1' },
    { name: 'a mapped IPv4 peer', peer: '::ffff:203.0.113.5', xff: undefined, ip: '203.0.113.5' },
    {
      name: 'a mapped IPv4 peer is trusted as IPv4',
      peer: '::ffff:10.0.0.1',
      xff: '203.0.113.5',
      ip: '203.0.113.5',
    },
    {
      name: 'a trusted IPv6 proxy',
      peer: '2001:db8:aaaa::1',
      xff: '2001:db8:bbbb::9',
      ip: '2001:db8:bbbb::9',
    },
  ])('$name', async ({ peer, xff, ip }) => {
    expect(await ipSeen(PROXIES, peer, xff)).toBe(ip);
  });

  it('trusts nobody by default', async () => {
    expect(await ipSeen(false, '10.1.2.3', '203.0.113.5')).toBe('10.1.2.3');
  });

  it('takes a zone off', () => {
    expect(clientIpOf(['fe80::1%eth0'])).toBe('fe80::1');
  });
});
