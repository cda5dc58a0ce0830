import { channelConfigured } from './channel.fixture';
import { ruleOf } from './rule-of';

describe('ruleOf', () => {
  it.each([
    { name: 'a channel that is not set up has none', channel: undefined, rule: undefined },
    { name: 'one that leaves all to the defaults has an empty one', channel: {}, rule: {} },
    { name: 'invite links wait for no start', channel: { linkMode: 'invite-link' as const }, rule: {} },
    { name: 'nor do request links', channel: { linkMode: 'join-request-link' as const }, rule: {} },
    {
      name: 'bot start links do',
      channel: { linkMode: 'bot-start-link' as const, attribution: { windowMs: 86_400_000, graceMs: 5_000 } },
      rule: { windowMs: 86_400_000, graceMs: 5_000, awaitsBotStart: true },
    },
    {
      name: 'what is set goes along',
      channel: { attribution: { toleranceMs: 0 } },
      rule: { toleranceMs: 0 },
    },
  ])('$name', ({ channel, rule }) => {
    expect(ruleOf(channel === undefined ? undefined : channelConfigured(channel))).toEqual(rule);
  });
});
