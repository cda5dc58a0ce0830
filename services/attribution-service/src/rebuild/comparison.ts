import { topics, type PersonErased, type TopicDefinition } from '@clickjoin/contracts';
import type { DataSource } from 'typeorm';
import type { BoundedLog, Slice } from './bounded-log';

export const OUTPUTS = [topics.conversionAttributed, topics.joinOrganic] as const;

export interface OutputCounts {
  same: number;
  /** The same decision, other bytes. */
  different: number;
  onlyInTopic: number;
  onlyInReplay: number;
  /** Published again after a crash: the same bytes, so not a difference. */
  repeats: number;
}

/** Why a decision says nothing about the replay. */
export type NotCompared =
  /** Its join is not in the log any more, or a click or an earlier join that may have decided it. */
  | 'log-gone'
  | 'person-erased'
  /** Still waits, or was decided so lately that its event may be on the way. */
  | 'too-fresh';

export interface Comparison {
  readonly outputs: ReadonlyMap<string, Readonly<OutputCounts>>;
  readonly notCompared: Readonly<Record<NotCompared, number>>;
  /** The first ones, in words. */
  readonly differences: readonly string[];
  readonly differenceCount: number;
}

/** What the replay was like, as far as the comparison needs it. */
export interface ReplayBounds {
  /** When the ends of the inputs were asked for, Unix ms. */
  readonly boundAtMs: number;
  /** Inputs from before are incomplete, Unix ms; undefined when the log is whole. */
  readonly reachesBackTo: number | undefined;
}

interface ReplayedRow {
  readonly id: string;
  readonly key: string;
  readonly value: Buffer;
  readonly headers: Record<string, string>;
  readonly is_published: boolean;
}

interface JoinFacts {
  readonly state: string;
  readonly logged_at_ms: string;
  readonly window_ms: string;
  readonly grace_ms: string;
}

interface DecisionEvent {
  readonly joinId: string;
  readonly person: { readonly telegramUserId: string };
}

const SHOWN = 10;
/** An event that was decided this much before is in its topic, or the service is not well. */
const PUBLISHED_WITHIN_MS = 60_000;
const PAGE = 500;

/**
 * The decisions of the replay, which lie in its outbox, against those in the topics, byte for byte, headers included.
 * Streams both, so it needs no more memory for a year of joins than for a day of them.
 */
export class Comparer {
  private readonly outputs = new Map<string, OutputCounts>(
    OUTPUTS.map(({ name }) => [name, { same: 0, different: 0, onlyInTopic: 0, onlyInReplay: 0, repeats: 0 }]),
  );
  private readonly notCompared: Record<NotCompared, number> = {
    'log-gone': 0,
    'person-erased': 0,
    'too-fresh': 0,
  };
  private readonly differences: string[] = [];
  private differenceCount = 0;
  private readonly erased = new Set<string>();

  constructor(private readonly database: DataSource) {}

  /**
   * @param published the outputs and the erasures as of after the replay: decided in it and published meanwhile counts
   */
  async compare(published: BoundedLog, bounds: ReplayBounds, signal: AbortSignal): Promise<Comparison> {
    await this.database.query('ALTER TABLE outbox ADD COLUMN is_published boolean NOT NULL DEFAULT false');
    await this.database.query('CREATE INDEX outbox_key ON outbox (key)');
    await published.read(topics.personErased, (slice) => this.noteErased(slice), signal);
    const outputsBackTo = new Map<string, number>();
    for (const topic of OUTPUTS) {
      await published.read(
        topic,
        async (slice) => {
          const firstAt = Number(slice.records[0]?.record.timestamp);
          const isCut = (published.rangesOf(topic.name).get(slice.partition)?.start ?? 0n) > 0n;
          // The first slice of a partition comes first, and later ones are not earlier.
          if (isCut)
            outputsBackTo.set(topic.name, Math.min(outputsBackTo.get(topic.name) ?? Infinity, firstAt));
          await this.checkPublished(slice, bounds);
        },
        signal,
      );
    }
    for (const topic of OUTPUTS) {
      await this.checkUnpublished(topic, bounds, outputsBackTo.get(topic.name), signal);
    }
    return {
      outputs: this.outputs,
      notCompared: this.notCompared,
      differences: this.differences,
      differenceCount: this.differenceCount,
    };
  }

  private noteErased({ records }: Slice): Promise<void> {
    for (const { decoded } of records) {
      if (decoded.ok) this.erased.add((decoded.message.event as PersonErased).telegramUserId);
    }
    return Promise.resolve();
  }

  private async checkPublished({ topic, records }: Slice, bounds: ReplayBounds): Promise<void> {
    const counts = this.countsOf(topic);
    const keys = records.map(({ record }) => String(record.key));
    const rows: ReplayedRow[] = await this.database.query(
      'SELECT id, key, value, headers, is_published FROM outbox WHERE topic = $1 AND key = ANY ($2::text[])',
      [topic.name, keys],
    );
    const replayed = new Map(rows.map((row) => [row.key, row]));
    const found = new Set(rows.filter(({ is_published: known }) => known).map(({ key }) => key));
    const suspects: {
      row: ReplayedRow | undefined;
      text: string;
      event: DecisionEvent;
      loggedAtMs: number;
    }[] = [];
    for (const { record } of records) {
      const key = String(record.key);
      const text = String(record.value);
      const event = JSON.parse(text) as DecisionEvent;
      const row = replayed.get(key);
      if (this.erased.has(event.person.telegramUserId)) this.notCompared['person-erased'] += 1;
      else if (row === undefined || !isSame(row, record.value, record.headers))
        suspects.push({ row, text, event, loggedAtMs: Number(record.timestamp) });
      else if (found.has(key)) counts.repeats += 1;
      else counts.same += 1;
      found.add(key);
    }
    await this.database.query('UPDATE outbox SET is_published = true WHERE id = ANY ($1::bigint[])', [
      rows.map(({ id }) => id),
    ]);
    const joins = await this.joinsOf(suspects.map(({ event }) => event.joinId));
    for (const { row, text, event, loggedAtMs } of suspects) {
      const join = joins.get(event.joinId);
      const excuse =
        join === undefined ? excuseForUnknownJoin(loggedAtMs, bounds) : excuseForOther(join, row, bounds);
      if (excuse !== undefined) this.notCompared[excuse] += 1;
      else if (row !== undefined) {
        counts.different += 1;
        this.differ(`${topic.name}: in the topic ${text}, in the replay ${row.value.toString('utf8')}`);
      } else {
        counts.onlyInTopic += 1;
        const replay =
          join === undefined ? 'its join is not in the log' : `in the replay it is ${join.state}`;
        this.differ(`${topic.name}: only in the topic ${text}; ${replay}`);
      }
    }
  }

  private async checkUnpublished(
    topic: TopicDefinition,
    bounds: ReplayBounds,
    outputBackTo: number | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const counts = this.countsOf(topic);
    let after = '0';
    for (;;) {
      signal.throwIfAborted();
      const rows: ReplayedRow[] = await this.database.query(
        `SELECT id, key, value, headers, is_published FROM outbox
          WHERE topic = $1 AND NOT is_published AND id > $2 ORDER BY id LIMIT ${PAGE}`,
        [topic.name, after],
      );
      const last = rows.at(-1);
      if (last === undefined) return;
      after = last.id;
      const decisions = rows.map((row) => ({
        row,
        event: JSON.parse(row.value.toString('utf8')) as DecisionEvent,
      }));
      const joins = await this.joinsOf(decisions.map(({ event }) => event.joinId));
      for (const { row, event } of decisions) {
        const join = joins.get(event.joinId);
        const excuse = this.erased.has(event.person.telegramUserId)
          ? 'person-erased'
          : join && excuseForMissing(join, bounds, outputBackTo);
        if (excuse !== undefined) {
          this.notCompared[excuse] += 1;
          continue;
        }
        counts.onlyInReplay += 1;
        this.differ(`${topic.name}: only in the replay ${row.value.toString('utf8')}`);
      }
    }
  }

  private async joinsOf(joinIds: readonly string[]): Promise<Map<string, JoinFacts>> {
    if (joinIds.length === 0) return new Map();
    const rows: (JoinFacts & { join_id: string })[] = await this.database.query(
      `SELECT join_id, state, logged_at_ms, rule->>'windowMs' AS window_ms, rule->>'graceMs' AS grace_ms
         FROM "join" WHERE join_id = ANY ($1::uuid[])`,
      [joinIds],
    );
    return new Map(rows.map((row) => [row.join_id, row]));
  }

  private countsOf({ name }: Pick<TopicDefinition, 'name'>): OutputCounts {
    const counts = this.outputs.get(name);
    if (counts === undefined) throw new Error(`${name} holds no decisions`);
    return counts;
  }

  private differ(difference: string): void {
    this.differenceCount += 1;
    if (this.differences.length < SHOWN) this.differences.push(difference);
  }
}

function excuseForUnknownJoin(loggedAtMs: number, bounds: ReplayBounds): NotCompared | undefined {
  if (loggedAtMs >= bounds.boundAtMs) return 'too-fresh';
  return bounds.reachesBackTo === undefined ? undefined : 'log-gone';
}

/** Decided, but not in these words. */
function excuseForOther(
  join: JoinFacts,
  row: ReplayedRow | undefined,
  bounds: ReplayBounds,
): NotCompared | undefined {
  if (row === undefined && join.state === 'waiting') return 'too-fresh';
  return excuseForJoin(join, bounds);
}

/** A click of up to a window before the join may have decided it, or an earlier join by the same link. */
function excuseForJoin(join: JoinFacts, { reachesBackTo }: ReplayBounds): NotCompared | undefined {
  if (reachesBackTo === undefined) return undefined;
  return Number(join.logged_at_ms) < reachesBackTo + Number(join.window_ms) ? 'log-gone' : undefined;
}

function excuseForMissing(
  join: JoinFacts,
  bounds: ReplayBounds,
  outputBackTo: number | undefined,
): NotCompared | undefined {
  const loggedAtMs = Number(join.logged_at_ms);
  const decidedByMs = loggedAtMs + Number(join.grace_ms);
  if (outputBackTo !== undefined && loggedAtMs < outputBackTo) return 'log-gone';
  if (decidedByMs + PUBLISHED_WITHIN_MS > bounds.boundAtMs) return 'too-fresh';
  return excuseForJoin(join, bounds);
}

type RecordHeaders = Readonly<Record<string, unknown>> | undefined;

function isSame(
  { value, headers }: ReplayedRow,
  published: Buffer | null,
  publishedHeaders: RecordHeaders,
): boolean {
  const inTopic = Object.entries(publishedHeaders ?? {}).map(([name, text]) => [name, String(text)]);
  return (
    published?.equals(value) === true && JSON.stringify(Object.entries(headers)) === JSON.stringify(inTopic)
  );
}
