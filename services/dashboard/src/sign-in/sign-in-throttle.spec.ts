import { SignInThrottle, sourceOf } from './sign-in-throttle';

const rule = {
  freeAttempts: 3,
  firstPauseMs: 1_000,
  longestPauseMs: 4_000,
  forgetAfterMs: 60_000,
  maxSources: 3,
};

function setUp() {
  let now = 1_000_000;
  const throttle = new SignInThrottle({ now: () => now }, rule);
  return { throttle, pass: (ms: number) => (now += ms) };
}

describe('SignInThrottle', () => {
  it('lets a person mistype, then makes each guess dearer up to a bound', () => {
    const { throttle, pass } = setUp();
    const pauses: number[] = [];
    for (let guess = 0; guess < 7; guess += 1) {
      expect(throttle.admit('192.0.2.1')).toEqual({ ok: true });
      const next = throttle.admit('192.0.2.1');
      const pause = next.ok ? 0 : next.retryAfterMs;
      if (next.ok) guess += 1;
      pauses.push(pause);
      pass(pause);
    }
    expect(pauses).toEqual([0, 1_000, 2_000, 4_000, 4_000, 4_000]);
  });

  it('does not lengthen the pause of one who knocks during it, and opens at its very end', () => {
    const { throttle, pass } = setUp();
    for (let guess = 0; guess < 3; guess += 1) throttle.admit('192.0.2.1');
    pass(999);
    expect(throttle.admit('192.0.2.1')).toEqual({ ok: false, retryAfterMs: 1 });
    pass(1);
    expect(throttle.admit('192.0.2.1')).toEqual({ ok: true });
  });

  it('does not lock one source out for the guesses of another', () => {
    const { throttle } = setUp();
    for (let guess = 0; guess < 5; guess += 1) throttle.admit('192.0.2.1');
    expect(throttle.admit('192.0.2.2')).toEqual({ ok: true });
  });

  it('forgets on the right password, and after a quiet hour', () => {
    const { throttle, pass } = setUp();
    for (let guess = 0; guess < 3; guess += 1) throttle.admit('192.0.2.1');
    throttle.succeeded('192.0.2.1');
    for (let guess = 0; guess < 3; guess += 1) expect(throttle.admit('192.0.2.1').ok).toBe(true);
    expect(throttle.admit('192.0.2.1').ok).toBe(false);
    pass(60_000);
    for (let guess = 0; guess < 3; guess += 1) expect(throttle.admit('192.0.2.1').ok).toBe(true);
  });

  it('remembers a bounded number of sources, the latest ones', () => {
    const { throttle } = setUp();
    for (let guess = 0; guess < 3; guess += 1) throttle.admit('192.0.2.9');
    for (const last of [1, 2]) throttle.admit(`192.0.2.${last}`);
    expect(throttle.admit('192.0.2.9').ok).toBe(false);
    throttle.admit('192.0.2.3');
    expect(throttle.admit('192.0.2.9').ok).toBe(true);
  });
});

describe('sourceOf', () => {
  it.each([
    { address: '192.0.2.7', source: '192.0.2.7', name: 'an IPv4 address is a source' },
    { address: '::ffff:192.0.2.7', source: '192.0.2.7', name: 'however the socket writes it' },
    { address: '2001:db8:1:2:3:4:5:6', source: '2001:db8:1:2', name: 'a /64 is one customer' },
    { address: '2001:db8:1:2::9', source: '2001:db8:1:2', name: 'also in short form' },
    { address: '2001:0DB8:0001:0002::1', source: '2001:db8:1:2', name: 'also with leading zeros' },
    { address: '2001:db8::1', source: '2001:db8:0:0', name: 'zeros that were left out count' },
    { address: '::1', source: '0:0:0:0', name: 'loopback' },
    { address: 'fe80::1%eth0', source: 'fe80:0:0:0', name: 'a zone is no part of it' },
  ])('$name: $address', ({ address, source }) => expect(sourceOf(address)).toBe(source));
});
