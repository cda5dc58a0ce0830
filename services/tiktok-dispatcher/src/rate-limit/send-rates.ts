import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { DispatcherConfig } from '../config';
import { blockMsOf, givePermits, type Permits } from './permits';

/** A throttling so long after the end of the last one begins a new row of them. */
const FORGET_THROTTLES_MS = 60_000;

/** Permits, and when their times were counted from: milliseconds of `performance.now()`. */
export interface TimedPermits extends Permits {
  readonly countedFrom: number;
}

interface Asker {
  readonly resolve: (permits: TimedPermits | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** The share of the nth of those who asked together. */
const nth = (permits: TimedPermits, index: number): TimedPermits =>
  index < permits.granted
    ? { ...permits, granted: 1, firstInMs: permits.firstInMs + index * permits.spacingMs }
    : { ...permits, granted: 0, firstInMs: permits.nextInMs };

interface RateRow {
  readonly token_digest: string;
  readonly next_in_ms: number;
}

/**
 * TikTok's limit for each token, kept exactly over all instances and restarts: permits are times, given out one after
 * the other from a row in the database, on the database's clock.
 */
@Injectable()
export class SendRates {
  private readonly perSecond: number;
  private readonly known = new Set<string>();
  /** By token, who waits for a permit. */
  private readonly asking = new Map<string, Asker[]>();
  /** Throttled from here, and not answered properly since. */
  private readonly throttled = new Set<string>();

  constructor(
    private readonly dataSource: DataSource,
    { maxRequestsPerSecond }: DispatcherConfig,
  ) {
    this.perSecond = maxRequestsPerSecond;
  }

  /**
   * Takes permits for requests that begin when this transaction has committed. To be asked last: the rows of the
   * tokens stay locked until then.
   * @param wanted requests for each token's digest
   */
  async reserve(
    tx: EntityManager,
    wanted: ReadonlyMap<string, number>,
  ): Promise<ReadonlyMap<string, TimedPermits>> {
    if (wanted.size === 0) return new Map();
    const digests = [...wanted.keys()].sort();
    await this.addRows(digests.filter((digest) => !this.known.has(digest)));
    await tx.query('SELECT FROM send_rate WHERE token_digest = ANY ($1) ORDER BY token_digest FOR UPDATE', [
      digests,
    ]);
    // A statement of its own: one that waited for the lock would have looked at the clock before.
    const rows: RateRow[] = await tx.query(
      `SELECT token_digest,
              extract(epoch FROM greatest(next_at, blocked_until) - clock_timestamp())::float8 * 1000 AS next_in_ms
       FROM send_rate WHERE token_digest = ANY ($1)`,
      [digests],
    );
    // After the database looked at its clock, and before it does again below: so the permits lie between the two marks
    // in the row, and whoever takes the next ones begins behind these.
    const countedFrom = performance.now();
    const permits = new Map(
      rows.map(({ token_digest, next_in_ms }) => [
        token_digest,
        { ...givePermits(next_in_ms, wanted.get(token_digest) ?? 0, this.perSecond), countedFrom },
      ]),
    );
    const given = [...permits].filter(([, { granted }]) => granted > 0);
    if (given.length > 0) {
      await tx.query(
        `UPDATE send_rate SET next_at = clock_timestamp() + g.ms * interval '1 ms'
         FROM unnest($1::text[], $2::float8[]) AS g (token_digest, ms)
         WHERE send_rate.token_digest = g.token_digest`,
        [given.map(([digest]) => digest), given.map(([, { nextInMs }]) => nextInMs)],
      );
    }
    return permits;
  }

  /** Moves the permits that this very transaction has taken, and all after them, to so much later. */
  async postpone(tx: EntityManager, digests: ReadonlySet<string>, ms: number): Promise<void> {
    await tx.query(
      `UPDATE send_rate SET next_at = next_at + $2 * interval '1 ms' WHERE token_digest = ANY ($1)`,
      [[...digests], ms],
    );
  }

  /** One permit in a transaction of its own, for a request that was late for its first one, or is no delivery. */
  reserveOne(digest: string): Promise<TimedPermits | undefined> {
    return new Promise((resolve, reject) => {
      const asking = this.asking.get(digest);
      if (asking !== undefined) {
        asking.push({ resolve, reject });
        return;
      }
      const first: Asker[] = [{ resolve, reject }];
      this.asking.set(digest, first);
      void this.answer(digest, first);
    });
  }

  /** Requests that overslept together ask together: one by one they would queue for the same row. */
  private async answer(digest: string, asking: Asker[]): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    while (asking.length > 0) {
      const askers = asking.splice(0);
      try {
        const all = await this.dataSource.transaction((tx) =>
          this.reserve(tx, new Map([[digest, askers.length]])),
        );
        const permits = all.get(digest);
        for (const [index, { resolve }] of askers.entries())
          resolve(permits === undefined ? undefined : nth(permits, index));
      } catch (error) {
        for (const { reject } of askers) reject(error);
      }
    }
    this.asking.delete(digest);
  }

  /** TikTok takes no more requests with this token for now. Answers that were under way meanwhile count as one. */
  async throttle(digest: string, retryAfterMs: number | undefined): Promise<void> {
    await this.addRows([digest]);
    this.throttled.add(digest);
    await this.dataSource.transaction(async (tx) => {
      const [row]: { throttles: number; is_blocked: boolean; is_old: boolean }[] = await tx.query(
        `SELECT throttles, blocked_until > clock_timestamp() AS is_blocked,
                blocked_until < clock_timestamp() - ${FORGET_THROTTLES_MS} * interval '1 ms' AS is_old
         FROM send_rate WHERE token_digest = $1 FOR UPDATE`,
        [digest],
      );
      const before = row === undefined || row.is_old ? 0 : row.throttles;
      const throttles = row?.is_blocked === true ? Math.max(1, before) : before + 1;
      await tx.query(
        `UPDATE send_rate
         SET throttles = $2, blocked_until = greatest(blocked_until, clock_timestamp() + $3 * interval '1 ms')
         WHERE token_digest = $1`,
        [digest, throttles, blockMsOf(throttles, retryAfterMs)],
      );
    });
  }

  /** TikTok takes requests with this token: the next throttling is the first one again. */
  async relax(digest: string): Promise<void> {
    if (!this.throttled.has(digest)) return;
    await this.dataSource.query('UPDATE send_rate SET throttles = 0 WHERE token_digest = $1', [digest]);
    this.throttled.delete(digest);
  }

  private async addRows(digests: readonly string[]): Promise<void> {
    if (digests.length === 0) return;
    // Outside the caller's transaction: were it rolled back, the row that we take for known would be gone.
    await this.dataSource.query(
      `INSERT INTO send_rate (token_digest, next_at, blocked_until, throttles)
       SELECT digest, 'epoch', 'epoch', 0 FROM unnest($1::text[]) AS digest
       ON CONFLICT DO NOTHING`,
      [digests],
    );
    for (const digest of digests) this.known.add(digest);
  }
}
