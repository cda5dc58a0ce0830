import { MetricsRegistry } from '@clickjoin/service-kit';
import { FakeClock } from '@clickjoin/testing';
import { ClickServiceConfig } from '../config';
import { ClickMetrics } from '../metrics';
import { addressKeyOf } from './address-key';
import { Admission } from './admission';

const admissionWith = (settings: Partial<ClickServiceConfig>): Admission =>
  new Admission(
    Object.assign(new ClickServiceConfig(), settings),
    new ClickMetrics(new MetricsRegistry()),
    new FakeClock(),
  );

describe('Admission', () => {
  it('takes on so many clicks at once, a batch whole or not at all', () => {
    const admission = admissionWith({ maxInFlight: 10 });
    expect(admission.tryEnter(8)).toBe(true);
    expect(admission.tryEnter(3)).toBe(false);
    expect(admission.tryEnter(2)).toBe(true);
    expect(admission.tryEnter()).toBe(false);
    admission.leave(8);
    expect(admission.tryEnter(8)).toBe(true);
  });

  it('counts by address: ten seconds of the rate at once', () => {
    const admission = admissionWith({ ipClicksPerSecond: 2 });
    const waits = Array.from({ length: 21 }, () => admission.visitorWaitMs('8.8.8.8'));
    expect(waits.filter((waitMs) => waitMs === 0)).toHaveLength(20);
    expect(admission.visitorWaitMs('8.8.4.4')).toBe(0);
  });

  it('always has room for the largest batch of a site', () => {
    const admission = admissionWith({ siteClicksPerSecond: 1 });
    expect(admission.siteWaitMs('one', 500)).toBe(0);
    expect(admission.siteWaitMs('one', 1)).toBe(1_000);
    expect(admission.siteWaitMs('other', 500)).toBe(0);
  });
});

describe('addressKeyOf', () => {
  it.each([
    { name: 'an address', ip: '8.8.8.8', key: '8.8.8.8' },
    { name: 'the /64 of an IPv6 address', ip: '2a00:1450:4001:81b:1:2:3:4', key: '10752:5200:16385:2075' },
    { name: 'nothing', ip: undefined, key: undefined },
    { name: 'no address', ip: 'unknown', key: undefined },
    { name: 'a proxy that is not named: everybody comes from it', ip: '10.1.2.3', key: undefined },
    { name: 'this machine', ip: '127.0.0.1', key: undefined },
    { name: 'this machine by IPv6', ip: '::1', key: undefined },
    { name: 'a private IPv6 network', ip: 'fd00::1', key: undefined },
  ])('$name', ({ ip, key }) => expect(addressKeyOf(ip)).toBe(key));
});
