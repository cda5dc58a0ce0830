import fc from 'fast-check';
import type { AppliedRule } from './attribution-rule';
import {
  decideJoin,
  decideJoins,
  memberOf,
  type BotStart,
  type Click,
  type DecidedJoin,
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

/** More than 100,000 cases of the pure decision in all; a failure prints its seed and the smallest case. */
const RUNS = { window: 60_000, knowledge: 30_000, splits: 20_000 };

const USERS = 3;
/** A click of a bot start belongs to one person: whoever forwards a start link lets the first to come have it. */
const ownerOf = (clickNumber: number): number => 7_100_000_000 + (clickNumber % USERS);

const second = fc.integer({ min: -4, max: 12 }).map((n) => n * 1_000);
const graceMs = fc.constantFrom(1_000, 4_000, 60_000);

const joins = fc.array(
  fc.record({
    by: fc.constantFrom('link', 'link', 'nothing', 'cut link'),
    link: fc.integer({ min: 1, max: 3 }),
    user: fc.integer({ min: 0, max: USERS - 1 }),
    joined: second,
    logged: second,
    windowMs: fc.constantFrom(3_000, 60_000),
    toleranceMs: fc.constantFrom(0, 2_000),
    graceMs,
    awaitsBotStart: fc.boolean(),
  }),
  { maxLength: 7 },
);
const clicks = fc.array(fc.record({ n: fc.integer({ min: 1, max: 3 }), captured: second, logged: second }), {
  maxLength: 4,
});
const starts = fc.array(fc.record({ n: fc.integer({ min: 10, max: 14 }), started: second, logged: second }), {
  maxLength: 6,
});

const play = fc.record({ joins, clicks, botClicks: clicks, starts }).map((spec) => {
  const known = new Map<string, Click>();
  for (const { n, captured, logged } of spec.clicks) {
    const click = clickCaptured(n, { capturedAt: new Date(CLICKED_AT + captured).toISOString() });
    known.set(click.linkKey ?? '', clickOf(click, { loggedAtMs: CLICKED_AT + logged }));
  }
  for (const { n, captured, logged } of spec.botClicks) {
    const click = botClickCaptured(10 + n, { capturedAt: new Date(CLICKED_AT + captured).toISOString() });
    known.set(click.clickId, clickOf(click, { loggedAtMs: CLICKED_AT + logged }));
  }
  const byMember = new Map<string, BotStart[]>();
  for (const [index, { n, started, logged }] of spec.starts.entries()) {
    const { clickId, startedAt, ...event } = botStarted(n, ownerOf(n), { startedAtMs: CLICKED_AT + started });
    const of = byMember.get(memberOf(event)) ?? [];
    of.push({ clickId, startedAt, offset: BigInt(index), loggedAtMs: CLICKED_AT + logged });
    byMember.set(memberOf(event), of);
  }
  const all = spec.joins.map(({ by, link, user, joined, logged, ...rule }, index) => {
    const options = { userId: 7_100_000_000 + user, joinedAtMs: CLICKED_AT + joined };
    const make = { link: joinReceived, nothing: joinWithoutLink, 'cut link': joinByCutLink }[by];
    return joinOf(make(link, options), {
      offset: BigInt(index),
      loggedAtMs: CLICKED_AT + logged,
      rule: rule satisfies AppliedRule,
    });
  });
  return { joins: all, clicks: known, starts: byMember };
});
type Play = typeof play extends fc.Arbitrary<infer P> ? P : never;

const knowing = (
  clicksKnown: ReadonlyMap<string, Click>,
  startsKnown: ReadonlyMap<string, readonly BotStart[]>,
) => ({
  clickOf: (key: string) => clicksKnown.get(key),
  startsOf: (member: string) => startsKnown.get(member) ?? [],
});
const everything = (of: Play) => knowing(of.clicks, of.starts);
const inShort = ({ decision }: DecidedJoin): string => {
  switch (decision.kind) {
    case 'waiting':
      return 'waiting';
    case 'attributed':
      return `attributed ${decision.method} ${decision.click.clickKey}`;
    case 'organic':
      return `organic ${decision.reason} ${decision.click?.clickKey ?? ''}`;
  }
};

jest.setTimeout(120_000);

describe('the pure decision', () => {
  it('credits exactly the joins within window and tolerance, to the millisecond', () => {
    const edge = fc.oneof(fc.integer({ min: -3_000, max: 3_000 }), fc.constantFrom(-1, 0, 1));
    fc.assert(
      fc.property(
        fc.constantFrom('early', 'late'),
        edge,
        fc.integer({ min: 60_000, max: 28 * 86_400_000 }),
        fc.integer({ min: 0, max: 60_000 }),
        (side, byMs, windowMs, toleranceMs) => {
          const ageMs = side === 'late' ? windowMs + byMs : -toleranceMs + byMs;
          const event = joinReceived(1);
          const capturedAt = new Date(Date.parse(event.joinedAt) - ageMs).toISOString();
          const click = clickOf(clickCaptured(1, { capturedAt }));
          const rule = { ...RULE, windowMs, toleranceMs };
          const known = { clickOf: () => click, startsOf: () => [] };
          const isInside = ageMs >= -toleranceMs && ageMs <= windowMs;
          expect(decideJoin(joinOf(event, { rule }), known, false).kind).toBe(
            isInside ? 'attributed' : 'organic',
          );
        },
      ),
      { numRuns: RUNS.window },
    );
  });

  it('decides each join once all is read, and credits each click once at most', () => {
    fc.assert(
      fc.property(play, (of) => {
        const decided = decideJoins(of.joins, everything(of), () => true);
        expect(decided.map(({ join }) => join)).toEqual(of.joins);
        expect(decided.filter(({ decision }) => decision.kind === 'waiting')).toEqual([]);
        const credited = decided.flatMap(({ decision }) =>
          decision.kind === 'attributed' ? [decision.click.clickKey] : [],
        );
        expect(new Set(credited).size).toBe(credited.length);
      }),
      { numRuns: RUNS.knowledge / 2 },
    );
  });

  /**
   * What makes every order of reading equal: whatever part of the log is known, what is decided on it is what will be
   * decided on the whole; the rest waits. Of a partition its beginning is known, of the topics any combination.
   */
  it('never has to take back what it decided on a part of the log', () => {
    fc.assert(
      fc.property(play, fc.infiniteStream(fc.boolean()), fc.nat({ max: 6 }), (of, isRead, startsRead) => {
        const partly = new Map([...of.clicks].filter(() => isRead.next().value));
        const beginning = new Map([...of.starts].map(([member, all]) => [member, all.slice(0, startsRead)]));
        const whole = decideJoins(of.joins, everything(of), () => true).map(inShort);
        const part = decideJoins(of.joins, knowing(partly, beginning)).map(inShort);
        for (const [index, decision] of part.entries()) {
          if (decision !== 'waiting') expect(`${index} ${decision}`).toBe(`${index} ${whole[index] ?? ''}`);
        }
      }),
      { numRuns: RUNS.knowledge },
    );
  });

  it('decides the same however the joins are cut into batches', () => {
    fc.assert(
      fc.property(play, fc.nat(), (of, at) => {
        const whole = decideJoins(of.joins, everything(of), () => true).map(inShort);
        const cut = of.joins.length === 0 ? 0 : at % (of.joins.length + 1);
        const head = decideJoins(of.joins.slice(0, cut), everything(of), () => true);
        const credited = new Map(of.clicks);
        for (const { join, decision } of head) {
          if (decision.kind !== 'attributed') continue;
          const { joinId, person } = join.event;
          const convertedBy = { joinId, telegramUserId: person.telegramUserId };
          credited.set(decision.click.clickKey, { ...decision.click, convertedBy });
        }
        const tail = decideJoins(of.joins.slice(cut), knowing(credited, of.starts), () => true);
        expect([...head, ...tail].map(inShort)).toEqual(whole);
      }),
      { numRuns: RUNS.splits },
    );
  });
});
