import { matchQualityOf, TTCLID_MAX_LENGTH } from './match-quality';

const visitor = { ip: '203.0.113.24', userAgent: 'Invented/1.0', ttp: 'invented' };

describe('matchQualityOf', () => {
  it.each([
    {
      name: 'all there is',
      ad: { ttclid: 'E.C.P.x' },
      visitor,
      level: 'high',
      signals: ['ttclid', 'ip-and-user-agent', 'external-id', 'ttp'],
    },
    {
      name: 'a ttclid as long as TikTok takes it',
      ad: { ttclid: 'x'.repeat(TTCLID_MAX_LENGTH) },
      visitor: {},
      level: 'high',
      signals: ['ttclid', 'external-id'],
    },
    {
      name: 'a longer ttclid, which is not sent',
      ad: { ttclid: 'x'.repeat(TTCLID_MAX_LENGTH + 1) },
      visitor: {},
      level: 'low',
      signals: ['external-id'],
    },
    {
      name: 'no ttclid',
      ad: {},
      visitor: { ip: visitor.ip, userAgent: visitor.userAgent },
      level: 'medium',
      signals: ['ip-and-user-agent', 'external-id'],
    },
    {
      name: 'an IP alone, which matches nobody',
      ad: {},
      visitor: { ip: visitor.ip },
      level: 'low',
      signals: ['external-id'],
    },
    {
      name: 'the cookie alone',
      ad: {},
      visitor: { ttp: visitor.ttp },
      level: 'medium',
      signals: ['external-id', 'ttp'],
    },
  ])('$name: $level', ({ ad, visitor: who, level, signals }) =>
    expect(matchQualityOf({ ad, visitor: who, clickAgeMs: 12_000 })).toEqual({
      level,
      signals,
      clickAgeMs: 12_000,
    }),
  );
});
