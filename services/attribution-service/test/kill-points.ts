import { createRequire } from 'node:module';
import { Publisher } from '@clickjoin/kafka';

/** Where a process can die between a decision and the end of its way to Kafka. */
export const KILL_POINTS = [
  /** All is written, COMMIT not sent. */
  'before-commit',
  /** COMMIT is on its way, its answer is not back. */
  'mid-commit',
  'after-commit',
  /** The relay has read rows, Kafka has none of them. */
  'before-publish',
  /** Kafka has acknowledged; the rows are still in the outbox. */
  'after-publish',
  /** DELETE is about to be sent, a turn of the event loop later. */
  'before-delete',
  'after-delete',
] as const;
export type KillPoint = (typeof KILL_POINTS)[number];

export const isKillPoint = (text: string): text is KillPoint =>
  (KILL_POINTS as readonly string[]).includes(text);

type Query = (this: object, ...args: unknown[]) => unknown;

/** The pg that libs/postgres uses: seen from the wire, the points need no seam in production code. */
const requireLikePostgres = createRequire(require.resolve('@clickjoin/postgres'));
const { Client } = requireLikePostgres('pg') as { Client: { prototype: { query: Query } } };

/** Kills this process with SIGKILL when it is at the point for the nth time. Commits count that decide something. */
export function armKillPoint(point: KillPoint, nth: number): void {
  let left = nth;
  const reach = (here: KillPoint): void => {
    if (here === point && (left -= 1) === 0) process.kill(process.pid, 'SIGKILL');
  };
  watchStatements(reach);
  watchPublisher(reach);
}

function watchStatements(reach: (here: KillPoint) => void): void {
  const deciding = new WeakSet();
  const { query } = Client.prototype;
  Client.prototype.query = function (this: object, ...args: unknown[]): unknown {
    const { text, name } = statementOf(args[0]);
    if (text.includes('INSERT INTO outbox')) deciding.add(this);
    const commits = text === 'COMMIT' && deciding.delete(this);
    const deletes = name === 'outbox-remove';
    if (commits) reach('before-commit');
    if (deletes) reach('before-delete');
    const answer = query.apply(this, args);
    if (commits) reach('mid-commit');
    if (!commits && !deletes) return answer;
    return Promise.resolve(answer).then((result) => {
      reach(commits ? 'after-commit' : 'after-delete');
      return result;
    });
  };
}

function watchPublisher(reach: (here: KillPoint) => void): void {
  const publishAll = Object.getOwnPropertyDescriptor(Publisher.prototype, 'publishAll')
    ?.value as Publisher['publishAll'];
  Publisher.prototype.publishAll = async function (this: Publisher, ...args): Promise<void> {
    reach('before-publish');
    await publishAll.apply(this, args);
    reach('after-publish');
  };
}

function statementOf(query: unknown): { text: string; name?: unknown } {
  if (typeof query === 'string') return { text: query };
  const { text, name } = (query ?? {}) as { text?: unknown; name?: unknown };
  return { text: typeof text === 'string' ? text : '', name };
}
