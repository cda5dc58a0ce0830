import { SESSION_OPTIONS, type DatabaseSettings } from '../database/database-settings';
import { bigintArray } from '../database/array-parameter';
import { GuardedClient } from '../database/guarded-client';
import type { OutboxRecord } from './outbox';
import { OUTBOX_CHANNEL } from './outbox-signal';

export type OutboxRow = OutboxRecord & { readonly id: string };

const LOCK = 'clickjoin outbox relay';

/**
 * One connection for all a relay does. The lock lives in the session, and so do the reads and the deletes: a relay
 * that has lost its lock can't take another row, however late it notices.
 */
export class RelaySession {
  private readonly ending = new AbortController();
  /** Aborted when the connection is gone, and the lock with it. */
  readonly lost: AbortSignal = this.ending.signal;

  private constructor(private readonly client: GuardedClient) {
    const lose = (): void => this.ending.abort();
    client.on('error', lose);
    client.on('end', lose);
  }

  static async open(
    { url, applicationName }: DatabaseSettings,
    onNotified: () => void,
    statementTimeoutMs: number,
  ): Promise<RelaySession> {
    const client = new GuardedClient({
      connectionString: url,
      application_name: `${applicationName} outbox relay`,
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: 5_000,
      statement_timeout: statementTimeoutMs,
      // A holder that is gone without a word (cable, power) or frozen must let go: the server looks after its
      // connection, and a holder that is well asks every second.
      options: `${SESSION_OPTIONS} -c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3 -c idle_session_timeout=60000`,
    });
    const session = new RelaySession(client);
    client.on('notification', onNotified);
    try {
      await client.connect();
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  /** @returns whether this session is the one relay now. From then on it hears the other instances' commits. */
  async tryLead(): Promise<boolean> {
    const { rows } = await this.client.query<{ granted: boolean }>(
      'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS granted',
      [LOCK],
    );
    if (rows[0]?.granted !== true) return false;
    await this.client.query(`LISTEN ${OUTBOX_CHANNEL}`);
    return true;
  }

  /** The oldest rows. By what is there and not from where we were: a smaller id may commit after a larger one. */
  async read(limit: number): Promise<OutboxRow[]> {
    const { rows } = await this.client.query<OutboxRow>({
      name: 'outbox-read',
      text: 'SELECT id, topic, key, value, headers FROM outbox ORDER BY id LIMIT $1',
      values: [limit],
    });
    return rows;
  }

  async remove(rows: readonly OutboxRow[]): Promise<void> {
    await this.client.query({
      name: 'outbox-remove',
      text: 'DELETE FROM outbox WHERE id = ANY ($1::bigint[])',
      values: [bigintArray(rows.map(({ id }) => id))],
    });
  }

  async close(): Promise<void> {
    await this.client.end();
  }
}
