import { createTestDatabase, eventually, type TestDatabase } from '@clickjoin/testing';
import { SETTLE_MS } from '../close-waiting-joins/closer';
import { AttributionMetrics } from '../metrics';
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
import { PlayedLog, PlayedService, type Input } from './played-log.fixture';

const LOGGED_AT = CLICKED_AT + 40_000;
const GRACE_MS = 60_000;
const USER = 7_100_000_001;
const awaitsBotStart = { rule: { awaitsBotStart: true } };

let database: TestDatabase;
let service: PlayedService;
let log: PlayedLog;

beforeAll(async () => {
  database = await createTestDatabase();
  service = await PlayedService.start(database, { GRACE_MS: String(GRACE_MS) });
});
afterAll(async () => {
  await service.stop();
  await database.drop();
});
beforeEach(() => begin());

async function begin(): Promise<void> {
  log = new PlayedLog(3);
  await service.playFrom(log, LOGGED_AT);
}

/** Into the log, now. */
const append = (input: Input, ...events: object[]): void => {
  for (const event of events) log.append(input, event, service.nowMs);
};
const take = async (input: Input, ...events: object[]): Promise<void> => {
  append(input, ...events);
  await service.readAll([input]);
};
const passGrace = async (): Promise<void> => {
  service.at(service.nowMs + GRACE_MS + SETTLE_MS);
  await service.close();
};

describe('a join by an invite link', () => {
  it('is tied to the click of its link, whichever comes first', async () => {
    await take('clicks', clickCaptured(1));
    await take('joins', joinReceived(1));
    const clickFirst = await service.published();

    await begin();
    await take('joins', joinReceived(1));
    expect(await service.published()).toEqual([]);
    await take('clicks', clickCaptured(1));

    expect(clickFirst).toHaveLength(1);
    expect(await service.published()).toEqual(clickFirst);
  });

  it('is closed at its deadline, not before, and not while clicks are unread', async () => {
    await take('joins', joinReceived(1));
    append('clicks', ...Array.from({ length: 12 }, (_, index) => clickCaptured(100 + index)));

    service.at(LOGGED_AT + GRACE_MS + SETTLE_MS - 1);
    expect(await service.close()).toBe(1);
    expect(await service.published()).toEqual([]);

    service.at(LOGGED_AT + GRACE_MS + SETTLE_MS);
    expect(await service.close()).toBe(0);
    expect(await service.published()).toEqual([]);

    await service.readAll(['clicks']);
    await service.close();
    expect(await service.decisions()).toEqual(['no-click']);
    expect(await service.close()).toBeUndefined();
  });

  it('waits as long as its own channel says', async () => {
    await take('joins', joinReceived(1, { rule: { graceMs: 1_000 } }), joinReceived(2));
    service.at(LOGGED_AT + 1_000 + SETTLE_MS);
    await service.close();
    expect(await service.published()).toHaveLength(1);
  });

  it('is judged by the window and tolerance that it came with', async () => {
    const late = { joinedAtMs: CLICKED_AT + 120_000 };
    const early = { joinedAtMs: CLICKED_AT - 5_000 };
    await take('clicks', ...[1, 2, 3, 4].map((n) => clickCaptured(n)));
    await take(
      'joins',
      joinReceived(1, { ...late, rule: { windowMs: 60_000 } }),
      joinReceived(2, late),
      joinReceived(3, { ...early, rule: { toleranceMs: 5_000 } }),
      joinReceived(4, early),
    );
    expect(await service.decisions()).toEqual([
      'attributed',
      'attributed',
      'click-outside-window',
      'click-outside-window',
    ]);
    expect(await service.surprises()).toEqual(['join-before-click']);
  });

  it('stays organic when its click comes late, which is counted and listed', async () => {
    const late = async (): Promise<number> =>
      (await service.get(AttributionMetrics).lateClicks.get()).values[0]?.value ?? 0;
    const before = await late();
    await take('joins', joinReceived(1));
    await passGrace();
    service.at(service.nowMs + 1);
    await take('clicks', clickCaptured(1));
    expect(await service.decisions()).toEqual(['no-click']);
    expect((await late()) - before).toBe(1);
    expect(await service.surprises()).toEqual(['late-click']);
  });

  it('is counted when the transaction has committed, and not by one that is tried again', async () => {
    const counted = async (): Promise<number[]> => {
      const { decisions, surprises } = service.get(AttributionMetrics);
      const sums = [await decisions.get(), await surprises.get()];
      return sums.map(({ values }) => values.reduce((sum, { value }) => sum + value, 0));
    };
    const [decisions = 0, surprises = 0] = await counted();
    await take('joins', joinReceived(1));
    append('clicks', clickCaptured(1), clickCaptured(1, { clickId: clickIdOf(101) }));
    for (const partition of [0, 1, 2]) await service.read('clicks', partition, { dies: true });
    expect(await counted()).toEqual([decisions, surprises]);
    await service.readAll(['clicks']);
    expect(await service.decisions()).toEqual(['attributed']);
    expect(await counted()).toEqual([decisions + 1, surprises + 1]);
  });

  it('stays organic when its click was logged after the deadline, though nobody had closed it yet', async () => {
    await take('joins', joinReceived(1));
    service.at(LOGGED_AT + GRACE_MS + 1);
    await take('clicks', clickCaptured(1));
    expect(await service.published()).toEqual([]);
    service.at(LOGGED_AT + GRACE_MS + SETTLE_MS);
    await service.close();
    expect(await service.decisions()).toEqual(['no-click']);
    expect(await service.surprises()).toEqual(['late-click']);
  });

  it('is attributed when its click was logged at the deadline, and closing was held back until then', async () => {
    await take('joins', joinReceived(1));
    service.at(LOGGED_AT + GRACE_MS);
    append('clicks', clickCaptured(1));
    service.at(LOGGED_AT + GRACE_MS + SETTLE_MS);
    await service.close();
    await service.readAll(['clicks']);
    await service.close();
    expect(await service.decisions()).toEqual(['attributed']);
  });

  it('is closed under steady clicks, when those of its time are read', async () => {
    await take('joins', joinReceived(1));
    service.at(LOGGED_AT + GRACE_MS + SETTLE_MS);
    for (let round = 0; round < 10; round += 1) {
      // The log grows as fast as it is read: its end is never reached.
      append('clicks', ...Array.from({ length: 6 }, (_, index) => clickCaptured(100 + 6 * round + index)));
      await service.close();
      for (const partition of [0, 1, 2]) await service.read('clicks', partition, { upTo: 1 });
    }
    expect(await service.decisions()).toEqual(['no-click']);
  });

  it('is closed when the clicks of its time are gone from the log', async () => {
    await take('joins', joinReceived(1));
    for (const partition of [0, 1, 2]) log.starts.set(`clicks/${partition}`, 7n);
    await passGrace();
    expect(await service.decisions()).toEqual(['no-click']);
  });

  it('counts by the first click of its link; the second is listed, and its duplicate is nothing', async () => {
    const second = clickCaptured(1, { clickId: clickIdOf(99), ad: { ttclid: 'second' } });
    await take('clicks', clickCaptured(1), second);
    await take('clicks', second, clickCaptured(1));
    await take('joins', joinReceived(1));
    expect((await service.published())[0]).toContain('E.C.P.click-1');
    expect(await service.surprises()).toEqual(['second-click']);
  });

  it('keeps no address of a click that is converted', async () => {
    await take('clicks', clickCaptured(1), clickCaptured(2));
    await take('joins', joinReceived(1));
    const rows = await service.query<{ facts: unknown }[]>('SELECT facts FROM click ORDER BY click_id');
    expect(rows.map(({ facts }) => facts === null)).toEqual([true, false]);
  });
});

describe('a join that two bots report', () => {
  it('counts by the report of the bot that made the link', async () => {
    await take('clicks', clickCaptured(1));
    await take('joins', joinByCutLink(1, { botId: '7234567891' }));
    expect(await service.published()).toEqual([]);
    await take('joins', joinReceived(1));
    expect(await service.decisions()).toEqual(['attributed']);
  });

  it('is decided once also where a report without any link waits for the bot', async () => {
    const rule = awaitsBotStart;
    log = new PlayedLog(1);
    await service.playFrom(log, LOGGED_AT);
    await take('clicks', clickCaptured(1), botClickCaptured(2));
    await take('joins', joinWithoutLink(1, { userId: USER, ...rule }));
    append('starts', botStarted(2, USER));
    await take('joins', joinReceived(1, { userId: USER, ...rule }));
    await service.readAll();
    expect(await service.decisions()).toEqual(['attributed']);
  });

  it('is called not ours only when all reports of its time are read', async () => {
    await take('joins', joinByCutLink(1));
    service.at(LOGGED_AT + GRACE_MS + SETTLE_MS);
    append('joins', ...Array.from({ length: 12 }, (_, index) => joinWithoutLink(50 + index)));
    await service.close();
    expect(await service.published()).toEqual([]);
    await service.readAll(['joins']);
    await service.close();
    expect(await service.decisions()).toContain('link-not-ours');
  });

  it('stays decided when the report of the bot that made the link comes late, which is listed', async () => {
    await take('clicks', clickCaptured(1));
    await take('joins', joinByCutLink(1));
    await passGrace();
    service.at(service.nowMs + 1);
    await take('joins', joinReceived(1));
    expect(await service.decisions()).toEqual(['link-not-ours']);
    expect(await service.surprises()).toEqual(['late-report']);
  });
});

describe('a join of a channel whose visitors come through the bot', () => {
  const events = {
    clicks: botClickCaptured(1),
    starts: botStarted(1, USER),
    joins: joinWithoutLink(0, { userId: USER, ...awaitsBotStart }),
  };
  it.each([
    ['clicks', 'starts', 'joins'],
    ['clicks', 'joins', 'starts'],
    ['starts', 'clicks', 'joins'],
    ['starts', 'joins', 'clicks'],
    ['joins', 'clicks', 'starts'],
    ['joins', 'starts', 'clicks'],
  ] as const)('is tied to its click, read in the order %s, %s, %s', async (...order) => {
    for (const input of order) await take(input, events[input]);
    await service.close();
    const [line = '', ...others] = await service.published();
    expect(others).toEqual([]);
    expect(line).toContain('"method":"bot-start"');
    expect(line).toContain(`"clickId":"${clickIdOf(1)}"`);
  });

  it('goes without when the channel does not ask for it', async () => {
    await take('clicks', events.clicks);
    await take('starts', events.starts);
    await take('joins', joinWithoutLink(0, { userId: USER }));
    expect(await service.decisions()).toEqual(['no-invite-link']);
  });

  it('is closed with the reason of a join without a link when nobody started the bot', async () => {
    await take('joins', events.joins);
    await passGrace();
    expect(await service.decisions()).toEqual(['no-invite-link']);
  });

  it('is not closed while starts of the bot are unread, nor while clicks are', async () => {
    await take('joins', events.joins);
    append('starts', events.starts);
    service.at(LOGGED_AT + GRACE_MS);
    append('clicks', events.clicks);
    service.at(LOGGED_AT + GRACE_MS + SETTLE_MS);
    await service.close();
    await service.readAll(['starts']);
    await service.close();
    expect(await service.published()).toEqual([]);
    await service.readAll(['clicks']);
    await service.close();
    expect(await service.decisions()).toEqual(['attributed']);
  });

  it('is a rejoin when the same person comes again by the same start', async () => {
    await take('clicks', events.clicks);
    await take('starts', events.starts);
    const again = joinWithoutLink(0, { userId: USER, joinedAtMs: CLICKED_AT + 35_000, ...awaitsBotStart });
    await take('joins', events.joins, again);
    await passGrace();
    expect(await service.decisions()).toEqual(['attributed', 'rejoin']);
  });

  it('lists starts of the bot for unknown clicks, and takes that back when the click comes', async () => {
    await take('starts', events.starts, botStarted(2, USER));
    expect(await service.surprises()).toEqual(['bot-start-of-unknown-click', 'bot-start-of-unknown-click']);
    await take('clicks', events.clicks);
    expect(await service.surprises()).toEqual(['bot-start-of-unknown-click']);
  });

  it('stays organic when the bot start comes late, which is listed', async () => {
    await take('clicks', events.clicks);
    await take('joins', events.joins);
    await passGrace();
    service.at(service.nowMs + 1);
    await take('starts', events.starts);
    expect(await service.decisions()).toEqual(['no-invite-link']);
    expect(await service.surprises()).toEqual(['late-bot-start']);
  });
});

describe('the funnel', () => {
  it('counts every click and join once, whatever comes again', async () => {
    const clicks = [
      clickCaptured(1),
      clickCaptured(2),
      clickCaptured(3, { linkKind: 'fallback' }),
      clickCaptured(4, { linkKind: 'fallback', linkKey: clickCaptured(3).linkKey ?? '' }),
      botClickCaptured(5),
    ];
    await take('clicks', ...clicks, ...clicks);
    await take('joins', joinReceived(1), joinReceived(1), joinWithoutLink(7));
    await take('clicks', ...clicks);
    const rows = await service.query<object[]>(
      'SELECT sum(clicks)::int AS clicks, sum(joins)::int AS joins, sum(attributed)::int AS attributed FROM funnel',
    );
    expect(rows).toEqual([{ clicks: 5, joins: 2, attributed: 1 }]);
    expect(await service.surprises()).toEqual([]);
  });
});

describe('at the same time', () => {
  const many = Array.from({ length: 20 }, (_, index) => index + 1);
  /** Reads the second while the first has done its work and not yet committed: it must wait, or see nothing of it. */
  async function readMeanwhile(
    first: readonly [Input, number],
    second: readonly [Input, number],
  ): Promise<void> {
    let commit: () => void = () => undefined;
    const mayCommit = new Promise<void>((resolve) => (commit = resolve));
    let reached: () => void = () => undefined;
    const isReached = new Promise<void>((resolve) => (reached = resolve));
    const beforeCommit = (): Promise<void> => {
      reached();
      return mayCommit;
    };
    const firstRead = service.read(...first, { beforeCommit });
    await isReached;
    const secondRead = service.read(...second);
    const isWaiting = eventually(async () => {
      const waiting = await service.query<object[]>(
        `SELECT 1 FROM pg_locks JOIN pg_database AS d ON d.oid = pg_locks.database
          WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()`,
      );
      expect(waiting).toHaveLength(1);
    });
    await Promise.race([secondRead, isWaiting]);
    commit();
    await Promise.all([firstRead, secondRead]);
  }

  it.each([
    ['clicks', 'joins'],
    ['joins', 'clicks'],
  ] as const)('%s and %s of one link never miss each other', async (first, second) => {
    append('clicks', clickCaptured(1));
    append('joins', joinReceived(1));
    const partition = log.partitionOf('clicks', clickCaptured(1));
    await readMeanwhile([first, partition], [second, partition]);
    expect(await service.decisions()).toEqual(['attributed']);
  });

  const apart = (n: number): boolean =>
    log.partitionOf('clicks', botClickCaptured(n)) !== log.partitionOf('starts', botStarted(n, USER));
  it.each([
    ['clicks', 'starts'],
    ['starts', 'clicks'],
    ['clicks', 'joins'],
    ['joins', 'clicks'],
  ] as const)(
    '%s and %s of one start of the bot never miss each other, though they are in different buckets',
    async (first, second) => {
      const n = many.find(apart) ?? 0;
      const events = {
        clicks: botClickCaptured(n),
        starts: botStarted(n, USER),
        joins: joinWithoutLink(0, { userId: USER, ...awaitsBotStart }),
      };
      const other = first === 'starts' || second === 'starts' ? 'joins' : 'starts';
      await take(other, events[other]);
      append(first, events[first]);
      append(second, events[second]);
      await readMeanwhile(
        [first, log.partitionOf(first, events[first])],
        [second, log.partitionOf(second, events[second])],
      );
      await service.close();
      expect(await service.decisions()).toEqual(['attributed']);
    },
  );

  it('two persons by one start link never get it both', async () => {
    const users = many.map((n) => USER + n);
    const join = (userId: number): object => joinWithoutLink(0, { userId, ...awaitsBotStart });
    const [one = 0, other = 0] = [0, 1].map((partition) =>
      users.find((userId) => log.partitionOf('joins', join(userId)) === partition),
    );
    await take('clicks', botClickCaptured(1));
    await take('starts', botStarted(1, one), botStarted(1, other));
    append('joins', join(one), join(other));
    await readMeanwhile(['joins', 0], ['joins', 1]);
    await passGrace();
    expect(await service.decisions()).toEqual(['attributed', 'link-already-converted']);
  });

  it('of two owners of a partition one wins, and the other does nothing', async () => {
    append('clicks', ...many.map((n) => clickCaptured(n)));
    for (const partition of [0, 1, 2]) {
      await service.read('clicks', partition, { upTo: 1 });
      const owners = [2, 3].map((upTo) => service.read('clicks', partition, { upTo, believed: 1n }));
      expect((await Promise.all(owners)).filter((result) => result === 'fenced')).toHaveLength(1);
      // A frozen owner wakes up with what it believed then.
      expect(await service.read('clicks', partition, { upTo: 1, believed: 1n })).toBe('fenced');
    }
    for (let round = 0; round < 3; round += 1) await service.readAll(['clicks']);
    const [row] = await service.query<{ clicks: number }[]>('SELECT sum(clicks)::int AS clicks FROM funnel');
    expect(row?.clicks).toBe(many.length);
  });
});
