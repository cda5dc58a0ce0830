import type { JoinReceived } from '@clickjoin/contracts';
import fc from 'fast-check';
import { decideJoin, decideJoins, reasonAtDeadline, type Click } from './decide-joins';
import {
  CLICKED_AT,
  clickCaptured,
  clickOf,
  joinOf,
  joinReceived,
  joinWithoutLink,
  linkKey,
} from './invented-events.fixture';

const rule = { windowMs: 7 * 86_400_000, toleranceMs: 2_000 };
const click = clickOf(clickCaptured(1));
const publicChat = { type: 'channel', title: 'Acme', isPublic: true } as const;

describe('decideJoin', () => {
  const cutLink = { isOwn: false, createsJoinRequest: false };
  const rows: { name: string; join: JoinReceived; click?: Click; expected: string }[] = [
    { name: 'own link of a click', join: joinReceived(1), click, expected: 'attributed' },
    {
      name: 'a link that the API caller brought',
      join: joinReceived(1),
      click: { ...click, linkKind: 'caller' },
      expected: 'attributed',
    },
    { name: 'own link whose click is not here yet', join: joinReceived(1), expected: 'waiting' },
    {
      name: 'a cut link: the bot that made it may report the same join',
      join: joinReceived(1, { link: cutLink }),
      expected: 'waiting',
    },
    { name: 'no link, private channel', join: joinWithoutLink(1), click, expected: 'no-invite-link' },
    {
      name: 'no link, public channel: Telegram strips it there',
      join: joinWithoutLink(1, { chat: publicChat }),
      expected: 'public-direct-join',
    },
    {
      name: 'added by an administrator, also in a public channel',
      join: joinWithoutLink(1, { chat: publicChat, route: 'added-by-admin' }),
      expected: 'added-by-admin',
    },
    {
      name: 'a shared folder',
      join: joinWithoutLink(1, { chat: publicChat, route: 'folder-link' }),
      expected: 'folder-link',
    },
    {
      name: 'the shared fallback link says nothing about the visitor',
      join: joinReceived(1),
      click: { ...click, linkKind: 'fallback' },
      expected: 'fallback-link',
    },
    {
      name: 'second person on a forwarded link',
      join: joinReceived(1),
      click: { ...click, convertedBy: { joinId: 'x', telegramUserId: '7999999999' } },
      expected: 'link-already-converted',
    },
    {
      name: 'the same person again by the same link',
      join: joinReceived(1),
      click: { ...click, convertedBy: { joinId: 'x', telegramUserId: '7000000001' } },
      expected: 'rejoin',
    },
    {
      name: 'the last millisecond of the window',
      join: joinReceived(1, { joinedAtMs: CLICKED_AT + rule.windowMs }),
      click,
      expected: 'attributed',
    },
    {
      name: 'one millisecond after the window',
      join: joinReceived(1, { joinedAtMs: CLICKED_AT + rule.windowMs }),
      click: { ...click, capturedAt: new Date(CLICKED_AT - 1).toISOString() },
      expected: 'click-outside-window',
    },
    {
      name: 'as early as the tolerance allows',
      join: joinReceived(1, { joinedAtMs: CLICKED_AT - 2_000 }),
      click,
      expected: 'attributed',
    },
    {
      name: 'one millisecond before the tolerance',
      join: joinReceived(1, { joinedAtMs: CLICKED_AT - 2_000 }),
      click: { ...click, capturedAt: new Date(CLICKED_AT + 1).toISOString() },
      expected: 'click-outside-window',
    },
  ];

  it.each(rows)('$name: $expected', ({ join, click: stored, expected }) => {
    const decision = decideJoin(join, stored, rule);
    expect(decision.kind === 'organic' ? decision.reason : decision.kind).toBe(expected);
  });

  it('names at the deadline what was missing', () => {
    expect(reasonAtDeadline(joinReceived(1))).toBe('no-click');
    expect(reasonAtDeadline(joinReceived(1, { link: cutLink }))).toBe('link-not-ours');
  });
});

describe('decideJoins', () => {
  const clicks = new Map([1, 2, 3].map((n) => [linkKey(n), clickOf(clickCaptured(n))]));
  const joins = fc.array(
    fc.record({
      link: fc.integer({ min: 0, max: 4 }),
      user: fc.integer({ min: 1, max: 5 }),
      second: fc.integer({ min: 0, max: 90 }),
    }),
    { maxLength: 12 },
  );

  it('credits the first join by a link, and no other', () => {
    const [first, second] = decideJoins(
      [
        joinOf(joinReceived(1, { userId: 7_100_000_001 })),
        joinOf(joinReceived(1, { userId: 7_100_000_002 })),
      ],
      (key) => clicks.get(key),
      rule,
    );
    expect(first?.decision.kind).toBe('attributed');
    expect(second?.decision).toMatchObject({ kind: 'organic', reason: 'link-already-converted' });
  });

  it('gives one conversion a link at most, whatever comes, and splitting the batch changes nothing', () => {
    fc.assert(
      fc.property(joins, fc.nat(), (specs, at) => {
        const all = specs.map(({ link, user, second }, index) =>
          joinOf(
            joinReceived(link, { userId: 7_100_000_000 + user, joinedAtMs: CLICKED_AT + second * 1_000 }),
            BigInt(index),
          ),
        );
        const whole = decideJoins(all, (key) => clicks.get(key), rule);
        const attributed = whole.flatMap(({ decision }) =>
          decision.kind === 'attributed' ? [decision.click.linkKey] : [],
        );
        expect(new Set(attributed).size).toBe(attributed.length);

        const cut = all.length === 0 ? 0 : at % (all.length + 1);
        const head = decideJoins(all.slice(0, cut), (key) => clicks.get(key), rule);
        const credited = new Map(clicks);
        for (const { join, decision } of head) {
          if (decision.kind !== 'attributed') continue;
          const { joinId, person } = join.event;
          credited.set(decision.click.linkKey, {
            ...decision.click,
            convertedBy: { joinId, telegramUserId: person.telegramUserId },
          });
        }
        const tail = decideJoins(all.slice(cut), (key) => credited.get(key), rule);
        expect(
          [...head, ...tail].map(({ decision }) => [decision.kind, 'reason' in decision && decision.reason]),
        ).toEqual(whole.map(({ decision }) => [decision.kind, 'reason' in decision && decision.reason]));
      }),
      { numRuns: 1_000 },
    );
  });
});
