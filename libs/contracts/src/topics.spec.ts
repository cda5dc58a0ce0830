import { linkKeyOf } from './invite-link';
import { samples } from './generate/samples';
import { allTopics, topics } from './topics';

const linkKey = linkKeyOf('https://t.me/+Wb4kRt9PzM2nLxEa');
const member = '-1002111222333:6011223344';

describe('topics', () => {
  it('are named <domain>.<event>.v<N>, each once', () => {
    const names = allTopics.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z]+\.[a-z-]+\.v\d+$/);
  });

  it('bring the click and the join of one invite link under one key', () => {
    expect(topics.clickCaptured.keyOf(samples.clickCaptured)).toBe(linkKey);
    expect(topics.joinReceived.keyOf(samples.joinReceived)).toBe(linkKey);
    expect(topics.clickCaptured.partitions).toBe(topics.joinReceived.partitions);
  });

  it.each([
    {
      what: 'a join without link',
      key: topics.joinReceived.keyOf({ ...samples.joinReceived, link: undefined as never }),
      expected: member,
    },
    {
      what: 'a join with a link of others',
      key: topics.joinReceived.keyOf({
        ...samples.joinReceived,
        link: { isOwn: false, createsJoinRequest: false },
      }),
      expected: member,
    },
    {
      what: 'a click without link',
      key: topics.clickCaptured.keyOf({
        ...samples.clickCaptured,
        linkKind: 'none',
        linkKey: undefined as never,
      }),
      expected: samples.clickCaptured.clickId,
    },
    { what: 'a leave', key: topics.memberLeft.keyOf(samples.memberLeft), expected: member },
    { what: 'a bot start', key: topics.botStarted.keyOf(samples.botStarted), expected: member },
    {
      what: 'a bot in a channel',
      key: topics.channelDetected.keyOf(samples.channelDetected),
      expected: '-1002111222333:7311223344',
    },
  ])('key $what by $expected', ({ key, expected }) => expect(key).toBe(expected));

  it('tell two rejected updates of one millisecond apart, and know a redelivered one again', () => {
    const { updateRejected } = samples;
    const id = topics.updateRejected.idOf(updateRejected);
    expect(topics.updateRejected.idOf({ ...updateRejected, body: 'e30=' })).not.toBe(id);
    expect(topics.updateRejected.idOf({ ...updateRejected, receivedAt: '2026-08-29T10:44:02.000Z' })).toBe(
      id,
    );
  });

  it('have the broker date what waits for the other half, and leave the rest to the producer', () => {
    expect(allTopics.filter(({ timestamps }) => timestamps === 'log-append')).toEqual([
      topics.clickCaptured,
      topics.joinReceived,
      topics.botStarted,
    ]);
  });

  it('give each version of a setting an id of its own', () => {
    expect(topics.site.idOf({ ...samples.site, version: 7 })).toBe(`${samples.site.siteId}:7`);
  });
});
