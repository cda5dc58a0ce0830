import type { JoinReceived } from '@clickjoin/contracts';
import fc from 'fast-check';
import { ruleOf } from './attribution-rule';
import {
  decideJoins,
  memberOf,
  type BotStart,
  type Click,
  type DecidedJoin,
  type Join,
} from './decide-joins';
import {
  botClickCaptured,
  botStarted,
  clickCaptured,
  clickIdOf,
  CLICKED_AT,
  joinByCutLink,
  joinReceived,
  joinWithoutLink,
} from './invented-events.fixture';
import { PlayedLog, type Input } from './played-log.fixture';

/** The service's defaults in the specs; most joins bring a rule of their own. */
export const DEFAULTS = { windowMs: 60_000, toleranceMs: 2_000, graceMs: 3_000 };

const USERS = 2;
const LINKS = 2;
/** Numbers of clicks that lead to the bot: above those of links. */
const BOT_CLICKS = { min: 10, max: 13 };

/** Ages of a click at its join, in ms, around all the edges there are; negative: the join looks earlier. */
const AGES = [-2_001, -2_000, -1_999, -1, 0, 1, 5_000, 59_999, 60_000, 60_001];

/** One step of a second: often enough that a deadline and a record fall on the same millisecond. */
const loggedSecond = fc.integer({ min: 0, max: 5 });
const rule = fc.record(
  {
    windowMs: fc.constantFrom(60_000, 90_000),
    toleranceMs: fc.constantFrom(0, 2_000),
    graceMs: fc.constantFrom(1_000, 2_000, 5_000),
    awaitsBotStart: fc.constantFrom(true, true, false),
  },
  { requiredKeys: [] },
);
const joinedSecond = fc.integer({ min: 0, max: 2 });

const event = fc.oneof(
  fc.record({
    kind: fc.constant('click' as const),
    at: loggedSecond,
    n: fc.integer({ min: 1, max: LINKS }),
    isSecond: fc.constantFrom(false, false, true),
    isFallback: fc.constantFrom(false, false, false, true),
    ageMs: fc.constantFrom(...AGES),
  }),
  fc.record({
    kind: fc.constant('bot click' as const),
    at: loggedSecond,
    n: fc.integer(BOT_CLICKS),
    ageMs: fc.constantFrom(...AGES),
  }),
  fc.record({
    kind: fc.constant('start' as const),
    at: loggedSecond,
    n: fc.integer(BOT_CLICKS),
    startedSecond: fc.integer({ min: -2, max: 5 }),
    isForwarded: fc.constantFrom(false, false, false, false, true),
  }),
  fc.record({
    kind: fc.constantFrom('join' as const, 'join' as const, 'two reports' as const),
    at: loggedSecond,
    n: fc.integer({ min: 0, max: LINKS }),
    user: fc.integer({ min: 0, max: USERS - 1 }),
    joinedSecond,
    rule,
  }),
);
export type InventedEvent = typeof event extends fc.Arbitrary<infer E> ? E : never;

export interface InventedLog {
  readonly partitions: number;
  /** In the order of their times. A record may be in the log twice. */
  readonly records: readonly { readonly input: Input; readonly event: object; readonly loggedAtMs: number }[];
}

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('read' as const, 'read' as const, 'two owners' as const, 'die' as const),
      input: fc.constantFrom<Input>('clicks', 'joins', 'starts'),
      /** Undefined: all of them. */
      partition: fc.option(fc.nat({ max: 2 }), { nil: undefined }),
      upTo: fc.constantFrom(1, 2, 3, 99),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('all at once' as const), upTo: fc.integer({ min: 1, max: 6 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('pass time and close' as const),
      ms: fc.constantFrom(0, 500, 1_100, 2_100, 5_100),
    }),
  },
);
export type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

const ownerOf = (n: number): number => n % USERS;
const userId = (user: number): number => 7_100_000_000 + user;

function recordsOf(invented: InventedEvent): InventedLog['records'] {
  const loggedAtMs = CLICKED_AT + invented.at * 1_000;
  switch (invented.kind) {
    case 'click': {
      const { n, isSecond, isFallback, ageMs } = invented;
      const click = clickCaptured(n, {
        capturedAt: new Date(CLICKED_AT - ageMs).toISOString(),
        ...(isSecond ? { clickId: clickIdOf(100 + n) } : {}),
        ...(isFallback ? { linkKind: 'fallback' as const } : {}),
      });
      return [{ input: 'clicks', event: click, loggedAtMs }];
    }
    case 'bot click': {
      const capturedAt = new Date(CLICKED_AT - invented.ageMs).toISOString();
      return [{ input: 'clicks', event: botClickCaptured(invented.n, { capturedAt }), loggedAtMs }];
    }
    case 'start': {
      const user = ownerOf(invented.n) + (invented.isForwarded ? 1 : 0);
      const startedAtMs = CLICKED_AT + invented.startedSecond * 1_000;
      const start = botStarted(invented.n, userId(user % USERS), { startedAtMs });
      return [{ input: 'starts', event: start, loggedAtMs }];
    }
    case 'join':
    case 'two reports': {
      const options = {
        userId: userId(invented.user),
        joinedAtMs: CLICKED_AT + invented.joinedSecond * 1_000,
        rule: invented.rule,
      };
      if (invented.n === 0) {
        const join = invented.kind === 'join' ? joinWithoutLink(0, options) : joinByCutLink(0, options);
        return [{ input: 'joins', event: join, loggedAtMs }];
      }
      const own = { input: 'joins' as const, event: joinReceived(invented.n, options), loggedAtMs };
      if (invented.kind === 'join') return [own];
      return [{ ...own, event: joinByCutLink(invented.n, { ...options, botId: '7234567891' }) }, own];
    }
  }
}

/** Of reports of one join with several links or times no order is defined: the first invented one stands for all. */
function withoutContradictions(events: readonly InventedEvent[]): InventedEvent[] {
  const seen = new Map<string, string>();
  return events.filter((invented) => {
    if (invented.kind !== 'join' && invented.kind !== 'two reports') return true;
    const id = `${invented.user}/${invented.joinedSecond}`;
    const form = JSON.stringify([invented.kind, invented.n, invented.rule, invented.at]);
    if (!seen.has(id)) seen.set(id, form);
    return seen.get(id) === form;
  });
}

/** A log, and one way to read it. */
export const inventedRun = fc.record({
  partitions: fc.integer({ min: 1, max: 3 }),
  events: fc.array(event, { minLength: 1, maxLength: 10, size: 'max' }),
  /** Which of them come into the log again, and how many seconds later. */
  repeats: fc.array(fc.record({ index: fc.nat({ max: 9 }), laterSeconds: fc.integer({ min: 0, max: 6 }) }), {
    maxLength: 3,
  }),
  /** When reading begins: the log of a service that was away, or records as they come. */
  beginsAfterMs: fc.constantFrom(0, 1_000, 3_000, 6_000),
  steps: fc.array(step, { maxLength: 8, size: 'max' }),
  /** Whether all topics are read at the same time in the end, or one after the other. */
  isAtOnce: fc.boolean(),
  isReplayed: fc.constantFrom(true, false, false, false),
});
export type InventedRun = typeof inventedRun extends fc.Arbitrary<infer R> ? R : never;

export function logOf({ partitions, events, repeats }: InventedRun): InventedLog {
  const first = withoutContradictions(events).map(recordsOf);
  const again = repeats.flatMap(({ index, laterSeconds }) =>
    (first[index] ?? []).map((record) => ({
      ...record,
      loggedAtMs: record.loggedAtMs + laterSeconds * 1_000,
    })),
  );
  const records = [...first.flat(), ...again];
  return { partitions, records: records.toSorted((a, b) => a.loggedAtMs - b.loggedAtMs) };
}

export function playedLogOf({ partitions, records }: InventedLog): PlayedLog {
  const log = new PlayedLog(partitions);
  for (const { input, event: record, loggedAtMs } of records) log.append(input, record, loggedAtMs);
  return log;
}

/**
 * What must come out of a log: the pure decision over the whole of it, with everything known. Nothing of how it was
 * read is in here.
 */
export function decisionsOf(log: PlayedLog): DecidedJoin[] {
  const partitions = Array.from({ length: log.partitions }, (_, partition) => partition);
  const clicks = new Map<string, Click>();
  const starts = new Map<string, BotStart[]>();
  const reports = new Map<string, Join & { partition: number }>();
  for (const partition of partitions) {
    for (const { event: click, loggedAtMs } of log.of('clicks', partition)) {
      const captured = click as ReturnType<typeof clickCaptured>;
      const { ad, page, visitor, clickId, linkKey, ...rest } = captured;
      const clickKey = linkKey ?? clickId;
      if (clicks.has(clickKey)) continue;
      clicks.set(clickKey, { ...rest, clickId, clickKey, loggedAtMs, facts: { ad, page, visitor } });
    }
    for (const { event: start, offset, loggedAtMs } of log.of('starts', partition)) {
      const { clickId, startedAt, ...event } = start as ReturnType<typeof botStarted>;
      starts.set(memberOf(event), [
        ...(starts.get(memberOf(event)) ?? []),
        { clickId, startedAt, offset, loggedAtMs },
      ]);
    }
    for (const { event: report, offset, loggedAtMs } of log.of('joins', partition)) {
      const join = report as JoinReceived;
      const before = reports.get(join.joinId);
      const isBetter = before?.event.link?.key === undefined && join.link?.key !== undefined;
      if (before !== undefined && !isBetter) continue;
      reports.set(join.joinId, {
        event: join,
        rule: ruleOf(join, DEFAULTS),
        offset,
        loggedAtMs,
        partition,
      });
    }
  }
  return partitions.flatMap((bucket) => {
    const joins = [...reports.values()]
      .filter(({ partition }) => partition === bucket)
      .sort((a, b) => Number(a.offset - b.offset));
    const known = {
      clickOf: (key: string) => clicks.get(key),
      startsOf: (member: string) => starts.get(member) ?? [],
    };
    return decideJoins(joins, known, () => true);
  });
}

/** Members who started the bot with a click that somebody else used too: who comes first there has it. */
export function contenders(log: PlayedLog): Set<string> {
  const users = new Map<string, Set<string>>();
  for (let partition = 0; partition < log.partitions; partition += 1) {
    for (const { event: start } of log.of('starts', partition)) {
      const { clickId, ...event } = start as ReturnType<typeof botStarted>;
      users.set(clickId, (users.get(clickId) ?? new Set()).add(memberOf(event)));
    }
  }
  return new Set([...users.values()].filter((members) => members.size > 1).flatMap((set) => [...set]));
}

/** Every distinct click and join, for the funnel. */
export function distinct(log: PlayedLog): { clicks: number; joins: number } {
  const clicks = new Set<string>();
  const joins = new Set<string>();
  for (let partition = 0; partition < log.partitions; partition += 1) {
    for (const { event: click } of log.of('clicks', partition)) {
      const { linkKey, clickId } = click as ReturnType<typeof clickCaptured>;
      clicks.add(`${linkKey ?? ''}/${clickId}`);
    }
    for (const { event: join } of log.of('joins', partition)) joins.add((join as JoinReceived).joinId);
  }
  return { clicks: clicks.size, joins: joins.size };
}

/** The last moment at which anything of this log could still be decided. */
export const endOf = ({ records }: InventedLog): number =>
  Math.max(CLICKED_AT, ...records.map(({ loggedAtMs }) => loggedAtMs)) + 10_000;
