import { randomInt } from 'node:crypto';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource, type QueryRunner } from 'typeorm';
import { ABSENT_AFTER_MS, Absences } from './absences';

/** How often an instance makes sure that its lock is still there. */
const CHECK_MS = 1_000;
/** Longer than that a session is not waited for: with two tries in vain the proof is too old. */
const ANSWER_MS = 2_000;
/** So long after the last proof, an instance acts as if it were gone: well before the others do. */
const PROOF_MS = ABSENT_AFTER_MS / 2;

/**
 * Shows the other instances that this one is alive, by an advisory lock that its session holds: PostgreSQL lets go of
 * it at the moment at which a killed process's connection closes. So what such an instance had under way is taken over
 * after seconds, where the lease would last much longer.
 *
 * A session can also end under an instance that lives (a restart of PostgreSQL, a broken network). Hence nobody is
 * believed to be gone before it was seen so for ABSENT_AFTER_MS without a break, and an instance that has no proof of
 * its lock for half of that sends nothing more and cuts what it has under way.
 */
@Injectable()
export class Presence implements OnApplicationShutdown {
  readonly instance = randomInt(1, 2 ** 31 - 1);
  private readonly logger = new Logger(Presence.name);
  private readonly absences = new Absences();
  private readonly timer: NodeJS.Timeout;
  private runner: QueryRunner | undefined;
  private provenAt = -Infinity;
  private checking: Promise<void> | undefined;
  private onLost: () => void = () => undefined;

  constructor(private readonly dataSource: DataSource) {
    this.timer = setInterval(() => this.tick(), CHECK_MS / 2);
    this.timer.unref();
  }

  /** Called after each attempt in vain, once the last proof is too old. */
  whenLost(act: () => void): void {
    this.onLost = act;
  }

  /** Whether the others know that this instance lives. */
  isProven(): boolean {
    return performance.now() - this.provenAt < PROOF_MS;
  }

  /** Before the first claim. @throws when the database is away */
  async prove(): Promise<void> {
    this.checking ??= this.check().finally(() => (this.checking = undefined));
    await this.checking;
  }

  /** Whether somebody else has deliveries under way and was missing at the last look. */
  get isSuspicious(): boolean {
    return this.absences.areAny;
  }

  /** Instances that have deliveries under way and are no more. */
  async findGone(): Promise<number[]> {
    const rows: { lease_owner: number }[] = await this.dataSource.query(
      `SELECT DISTINCT lease_owner FROM delivery
       WHERE state = 'sending' AND lease_owner IS NOT NULL AND lease_owner <> $1
         AND NOT EXISTS (
           SELECT FROM pg_locks
           WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
             AND classid = (hashtext('clickjoin dispatcher instance')::bigint & 4294967295)::oid
             AND objid = lease_owner::oid)`,
      [this.instance],
    );
    return this.absences.of(
      rows.map(({ lease_owner }) => lease_owner),
      performance.now(),
    );
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.checking?.catch(() => undefined);
    // The lock must not go back to the pool with its session.
    await this.runner?.query('SELECT pg_advisory_unlock_all()').catch(() => undefined);
    await this.runner?.release();
  }

  private tick(): void {
    if (this.checking !== undefined || performance.now() - this.provenAt < CHECK_MS) return;
    this.prove().catch((error: unknown) => {
      this.logger.warn({ err: error }, 'this instance could not prove to the others that it lives');
      if (!this.isProven()) this.onLost();
    });
  }

  private async check(): Promise<void> {
    // The proof is as old as the question.
    const askedAt = performance.now();
    const runner = (this.runner ??= await this.take());
    try {
      await withinCheck(runner.query('SELECT 1'));
      this.provenAt = askedAt;
    } catch (error) {
      this.runner = undefined;
      // Broken or silent: either way its lock is not to be counted on.
      await runner.release().catch(() => undefined);
      throw error;
    }
  }

  private async take(): Promise<QueryRunner> {
    const runner = this.dataSource.createQueryRunner();
    try {
      await withinCheck(runner.connect());
      // Shared: a session that was too slow to answer, and lives on in the pool, must not keep the next one out.
      await withinCheck(
        runner.query(`SELECT pg_advisory_lock_shared(hashtext('clickjoin dispatcher instance'), $1)`, [
          this.instance,
        ]),
      );
      return runner;
    } catch (error) {
      await runner.release().catch(() => undefined);
      throw error;
    }
  }
}

/** @throws when the database takes longer than the proof lasts */
async function withinCheck<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('the database took too long to answer')), ANSWER_MS);
  });
  return Promise.race([work, tooLate]).finally(() => clearTimeout(timer));
}
