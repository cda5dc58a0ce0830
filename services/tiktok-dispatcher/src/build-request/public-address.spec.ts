import { isPublicAddress } from './public-address';

describe('isPublicAddress', () => {
  it.each([
    { address: '8.8.8.8', isPublic: true, why: 'a public IPv4 address' },
    { address: '2001:4860:4860::8888', isPublic: true, why: 'a public IPv6 address' },
    { address: '203.0.113.9', isPublic: true, why: 'TikTok takes the documentation range' },
    { address: '2001:db8::1', isPublic: true, why: 'the same for IPv6' },
    { address: '::ffff:8.8.8.8', isPublic: true, why: 'a public address in IPv4-mapped form' },
    { address: '172.32.0.1', isPublic: true, why: 'one past the private range' },
    { address: '172.31.255.255', isPublic: false, why: 'the end of the private range' },
    { address: '10.1.2.3', isPublic: false, why: 'private' },
    { address: '192.168.0.1', isPublic: false, why: 'private' },
    { address: '100.64.0.1', isPublic: false, why: 'carrier-grade NAT, inside' },
    { address: '127.0.0.1', isPublic: false, why: 'loopback' },
    { address: '169.254.169.254', isPublic: false, why: 'link-local' },
    { address: '0.0.0.0', isPublic: false, why: 'unspecified' },
    { address: '255.255.255.255', isPublic: false, why: 'broadcast' },
    { address: '224.0.0.1', isPublic: false, why: 'multicast' },
    { address: '::1', isPublic: false, why: 'loopback' },
    { address: '::', isPublic: false, why: 'unspecified' },
    { address: 'fd12:3456::1', isPublic: false, why: 'unique local' },
    { address: 'fe80::1', isPublic: false, why: 'link-local' },
    { address: '::ffff:192.168.1.1', isPublic: false, why: 'private, in IPv4-mapped form' },
    { address: '', isPublic: false, why: 'nothing' },
    { address: 'unknown', isPublic: false, why: 'what some proxies write' },
    { address: '8.8.8.8, 10.0.0.1', isPublic: false, why: 'a forwarding chain is no address' },
  ])('$address: $why', ({ address, isPublic }) => {
    expect(isPublicAddress(address)).toBe(isPublic);
  });
});
