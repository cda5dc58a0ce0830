import type { JoinReceived } from '@clickjoin/contracts';
import type { AppliedRule } from './attribution-rule';
import {
  decideJoin,
  decideJoins,
  waitsFor,
  type BotStart,
  type Click,
  type Decision,
  type Join,
} from './decide-joins';
import {
  botClickCaptured,
  botStarted,
  clickCaptured,
  clickOf,
  CLICKED_AT,
  joinByCutLink,
  joinOf,
  joinReceived,
  joinWithoutLink,
  RULE,
} from './invented-events.fixture';

const click = clickOf(clickCaptured(1));
const publicChat = { type: 'channel', title: 'Acme', isPublic: true } as const;
const inShort = (decision: Decision): string =>
  decision.kind === 'organic' ? decision.reason : decision.kind;

interface Row {
  readonly name: string;
  readonly join: JoinReceived;
  readonly rule?: Partial<AppliedRule>;
  readonly clicks?: readonly Click[];
  readonly starts?: readonly BotStart[];
  readonly expected: string;
  /** At the deadline; without it the same. */
  readonly atLast?: string;
}

function decide({ join, rule, clicks = [], starts = [] }: Row, isFinal: boolean): string {
  const byKey = new Map(clicks.map((stored) => [stored.clickKey, stored]));
  const known = { clickOf: (key: string) => byKey.get(key), startsOf: () => starts };
  return inShort(decideJoin(joinOf(join, { rule: { ...RULE, ...rule } }), known, isFinal));
}

const runRows = (rows: readonly Row[]): void =>
  it.each(rows)('$name: $expected', (row) => {
    expect(decide(row, false)).toBe(row.expected);
    expect(decide(row, true)).toBe(row.atLast ?? row.expected);
  });

describe('a join by a link of ours', () => {
  runRows([
    { name: 'whose click is known', join: joinReceived(1), clicks: [click], expected: 'attributed' },
    {
      name: 'a link that the API caller brought',
      join: joinReceived(1),
      clicks: [{ ...click, linkKind: 'caller' }],
      expected: 'attributed',
    },
    {
      name: 'whose click is not here yet',
      join: joinReceived(1),
      expected: 'waiting',
      atLast: 'no-click',
    },
    {
      name: 'whose click was logged at the deadline',
      join: joinReceived(1),
      clicks: [{ ...click, loggedAtMs: CLICKED_AT + RULE.graceMs }],
      expected: 'attributed',
    },
    {
      name: 'whose click was logged a millisecond after the deadline',
      join: joinReceived(1),
      clicks: [{ ...click, loggedAtMs: CLICKED_AT + RULE.graceMs + 1 }],
      expected: 'waiting',
      atLast: 'no-click',
    },
    {
      name: 'the shared fallback link says nothing about the visitor',
      join: joinReceived(1),
      clicks: [{ ...click, linkKind: 'fallback' }],
      expected: 'fallback-link',
    },
    {
      name: 'second person on a forwarded link',
      join: joinReceived(1),
      clicks: [{ ...click, convertedBy: { joinId: 'x', telegramUserId: '7999999999' } }],
      expected: 'link-already-converted',
    },
    {
      name: 'a link whose person was erased',
      join: joinReceived(1),
      clicks: [{ ...click, convertedBy: { joinId: 'x' } }],
      expected: 'link-already-converted',
    },
    {
      name: 'the same person again by the same link',
      join: joinReceived(1),
      clicks: [{ ...click, convertedBy: { joinId: 'x', telegramUserId: '7000000001' } }],
      expected: 'rejoin',
    },
    {
      name: 'a person who had been in the channel, brought back by an ad',
      join: joinReceived(1, { rejoin: true }),
      clicks: [click],
      expected: 'attributed',
    },
    {
      name: 'the last millisecond of the window',
      join: joinReceived(1, { joinedAtMs: CLICKED_AT + RULE.windowMs }),
      clicks: [click],
      expected: 'attributed',
    },
    {
      name: 'one millisecond after the window',
      join: joinReceived(1, { joinedAtMs: CLICKED_AT + RULE.windowMs }),
      clicks: [{ ...click, capturedAt: new Date(CLICKED_AT - 1).toISOString() }],
      expected: 'click-outside-window',
    },
    {
      name: 'as early as the tolerance allows',
      join: joinReceived(1, { joinedAtMs: CLICKED_AT - 2_000 }),
      clicks: [click],
      expected: 'attributed',
    },
    {
      name: 'one millisecond before the tolerance',
      join: joinReceived(1, { joinedAtMs: CLICKED_AT - 2_000 }),
      clicks: [{ ...click, capturedAt: new Date(CLICKED_AT + 1).toISOString() }],
      expected: 'click-outside-window',
    },
    {
      name: "its channel's own window",
      join: joinReceived(1, { joinedAtMs: CLICKED_AT + 61_000 }),
      rule: { windowMs: 60_000 },
      clicks: [click],
      expected: 'click-outside-window',
    },
    {
      name: 'no bot start is looked at',
      join: joinReceived(1),
      rule: { awaitsBotStart: true },
      clicks: [clickOf(botClickCaptured(5))],
      starts: [startOf(5)],
      expected: 'waiting',
      atLast: 'no-click',
    },
  ]);
});

describe('a join without a link of ours', () => {
  runRows([
    {
      name: 'a cut link: the bot that made it may report the same join',
      join: joinByCutLink(1),
      expected: 'waiting',
      atLast: 'link-not-ours',
    },
    { name: 'private channel', join: joinWithoutLink(1), clicks: [click], expected: 'no-invite-link' },
    {
      name: 'public channel: Telegram strips the link there',
      join: joinWithoutLink(1, { chat: publicChat }),
      expected: 'public-direct-join',
    },
    {
      name: 'the update shows that the person had been there',
      join: joinWithoutLink(1, { chat: publicChat, rejoin: true }),
      expected: 'rejoin',
    },
    {
      name: 'added by an administrator, also in a public channel, also again',
      join: joinWithoutLink(1, { chat: publicChat, route: 'added-by-admin', rejoin: true }),
      expected: 'added-by-admin',
    },
    {
      name: 'a shared folder',
      join: joinWithoutLink(1, { chat: publicChat, route: 'folder-link' }),
      expected: 'folder-link',
    },
  ]);
});

function startOf(clickNumber: number, patch: Partial<BotStart> = {}): BotStart {
  const { clickId, startedAt } = botStarted(clickNumber, 7_000_000_001);
  return { clickId, startedAt, offset: BigInt(clickNumber), loggedAtMs: CLICKED_AT, ...patch };
}

describe('a join in a channel whose visitors come through the bot', () => {
  const join = joinWithoutLink(1, { chat: publicChat });
  const rule = { awaitsBotStart: true };
  const clicks = [1, 2].map((n) => clickOf(botClickCaptured(n)));
  const [first, second] = clicks as [Click, Click];
  const late = CLICKED_AT + RULE.graceMs + 1;
  const wait = { expected: 'waiting', atLast: 'public-direct-join' };
  runRows([
    { name: 'nobody started the bot', join, rule, ...wait },
    {
      name: 'a start and its click',
      join,
      rule,
      clicks,
      starts: [startOf(1)],
      expected: 'attributed',
    },
    {
      name: 'a start whose click may still come',
      join,
      rule,
      starts: [startOf(1)],
      expected: 'waiting',
      atLast: 'no-click',
    },
    {
      name: 'an earlier start whose click may still come holds back the next',
      join,
      rule,
      clicks: [second],
      starts: [startOf(1), startOf(2)],
      expected: 'waiting',
      atLast: 'attributed',
    },
    {
      name: 'a start later than the join by more than the tolerance',
      join,
      rule,
      clicks,
      starts: [startOf(1, { startedAt: new Date(CLICKED_AT + 32_001).toISOString() })],
      ...wait,
    },
    {
      name: 'a start later than the join within the tolerance',
      join,
      rule,
      clicks,
      starts: [startOf(1, { startedAt: new Date(CLICKED_AT + 32_000).toISOString() })],
      expected: 'attributed',
    },
    {
      name: 'a start logged too late',
      join,
      rule,
      clicks,
      starts: [startOf(1, { loggedAtMs: late })],
      ...wait,
    },
    {
      name: 'a click logged too late',
      join,
      rule,
      clicks: [{ ...first, loggedAtMs: late }],
      starts: [startOf(1)],
      expected: 'waiting',
      atLast: 'no-click',
    },
    {
      name: 'a click of another channel',
      join,
      rule,
      clicks: [{ ...first, chatId: '-1009999999999' }],
      starts: [startOf(1)],
      ...wait,
    },
    {
      name: 'a click that has a link: the payload was made up',
      join,
      rule,
      clicks: [{ ...first, linkKind: 'stock' }],
      starts: [startOf(1)],
      ...wait,
    },
    {
      name: 'the same person again',
      join,
      rule,
      clicks: [{ ...first, convertedBy: { joinId: 'x', telegramUserId: '7000000001' } }],
      starts: [startOf(1)],
      expected: 'waiting',
      atLast: 'rejoin',
    },
    {
      name: 'a start link that another person was credited for',
      join,
      rule,
      clicks: [{ ...first, convertedBy: { joinId: 'x', telegramUserId: '7999999999' } }],
      starts: [startOf(1)],
      expected: 'waiting',
      atLast: 'link-already-converted',
    },
    {
      name: 'the first click is converted, the second is not',
      join,
      rule,
      clicks: [{ ...first, convertedBy: { joinId: 'x', telegramUserId: '7000000001' } }, second],
      starts: [startOf(1), startOf(2)],
      expected: 'attributed',
    },
    {
      name: 'a click outside the window',
      join,
      rule: { ...rule, windowMs: 29_999 },
      clicks,
      starts: [startOf(1)],
      expected: 'waiting',
      atLast: 'click-outside-window',
    },
    {
      name: 'a cut link: a report with a link of ours would come first',
      join: joinByCutLink(1),
      rule,
      clicks,
      starts: [startOf(1)],
      expected: 'waiting',
      atLast: 'attributed',
    },
    {
      name: 'a cut link and no start',
      join: joinByCutLink(1),
      rule,
      expected: 'waiting',
      atLast: 'link-not-ours',
    },
  ]);

  it('lets no later join of the member overtake one that waits', () => {
    const later = joinWithoutLink(1, { joinedAtMs: CLICKED_AT + 31_000 });
    const joins = [join, later].map((event) => joinOf(event, { rule: { ...RULE, ...rule } }));
    // Started between the two, by Telegram's clock: it fits the later join only.
    const startedAt = new Date(CLICKED_AT + 33_000).toISOString();
    const known = { clickOf: () => first, startsOf: () => [startOf(1, { startedAt })] };
    const kinds = (isFinal: (of: Join) => boolean): string[] =>
      decideJoins(joins, known, isFinal).map(({ decision }) => inShort(decision));
    expect(kinds(() => false)).toEqual(['waiting', 'waiting']);
    expect(kinds((of) => of === joins[1])).toEqual(['waiting', 'waiting']);
    expect(kinds(() => true)).toEqual(['public-direct-join', 'attributed']);
  });
});

describe('waitsFor', () => {
  it.each([
    [joinReceived(1), false, 'click'],
    [joinReceived(1), true, 'click'],
    [joinByCutLink(1), false, 'report'],
    [joinByCutLink(1), true, 'report-or-bot-start'],
    [joinWithoutLink(1), true, 'bot-start'],
  ] as const)('%#', (event, awaitsBotStart, expected) =>
    expect(waitsFor({ event, rule: { ...RULE, awaitsBotStart } })).toBe(expected),
  );
});
